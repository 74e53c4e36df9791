#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind boot on a root of plain files, where nothing can be bound: it says so, leaves a report
# where one is due, writes nothing where none is, and always exits 0.
# usage: early_bind_boot.sh EARLY_BIND GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
early_bind=$(absolute "$1")
grub_gen=$(absolute "$2")

lay_out root
"$grub_gen" apply --sysroot root 2>/dev/null || fail 'apply'
table=root/var/lib/early-bind/boot-table
revision=$(sed -n 's/^revision //p' "$table")

# asks TEXT: the kernel command line of the next boot.
asks() {
    rm -rf root/run/early-bind
    rm -f root/proc/cmdline
    printf '%b\n' "$1" >root/proc/cmdline
}

# reports WHAT TEXT: the report, whole.
reports() {
    same_text "$1: report" "$2" "$(cat root/run/early-bind/report)" && echo "ok: $1: report"
}

asks 'root=/dev/sda1 ro quiet'
expect_unchanged root 'without a token' 0 '' '' "$early_bind" boot --sysroot root
asks 'ro -- early-bind.profile=pass-all'
expect_unchanged root 'with a token for init' 0 '' '' "$early_bind" boot --sysroot root
asks 'early-bind.off early-bind.debug'
expect_unchanged root 'with early-bind.off alone' 0 '' '' "$early_bind" boot --sysroot root
asks '\0377\0376 \0001=\0002 "never closed early-bind.profile=pass-all'
expect_unchanged root 'with garbage' 0 '' '' "$early_bind" boot --sysroot root
: >root/proc/cmdline
expect_unchanged root 'with an empty command line' 0 '' '' "$early_bind" boot --sysroot root

asks 'quiet early-bind.off early-bind.profile=pass-all'
expect 'switched off' 0 '' 'early-bind: early-bind.off was given: nothing is bound' \
    "$early_bind" boot --sysroot root
reports 'switched off' 'early-bind-report 1
profile pass-all
revision -
outcome off
reason off - early-bind.off was given: nothing is bound
end'

# dracut's unit and its hook both run it: the first run counts, whatever it came to.
asks_again() {
    rm root/proc/cmdline
    echo "$1" >root/proc/cmdline
}
asks_again 'early-bind.profile=keep-amd-67df'
expect_unchanged root 'a second run in the same boot' 0 '' '' "$early_bind" boot --sysroot root

asks 'early-bind.profile=keep-nvidia'
expect 'unknown profile' 0 '' \
    'early-bind: profile-unknown: the boot table has no profile keep-nvidia; it has keep-amd-73bf, keep-amd-67df and pass-all; run `grub-gen apply` in the running system
early-bind: profile keep-nvidia: refused, the host keeps every GPU' \
    "$early_bind" boot --sysroot root
reports 'unknown profile' "early-bind-report 1
profile keep-nvidia
revision $revision
outcome refused
reason profile-unknown - the boot table has no profile keep-nvidia; it has keep-amd-73bf, keep-amd-67df and pass-all
end"

asks 'early-bind.profile="Keep\0033[2J me"'
expect 'a name that is none' 0 '' \
    'early-bind: token-invalid: `Keep [2J me` is no profile name; choose an entry of the boot menu, or correct the name after early-bind.profile=
early-bind: profile Keep [2J me: refused, the host keeps every GPU' \
    "$early_bind" boot --sysroot root
reports 'a name that is none' "early-bind-report 1
profile Keep [2J me
revision $revision
outcome refused
reason token-invalid - \`Keep [2J me\` is no profile name
end"

asks 'early-bind.profil=pass-all'
expect 'unknown argument' 0 '' \
    'early-bind: token-unknown: unknown kernel argument early-bind.profil; correct the spelling; `man early-bind` lists the kernel arguments
early-bind: no profile: refused, the host keeps every GPU' \
    "$early_bind" boot --sysroot root

keeps='the host keeps AMD Radeon RX 470/480/570/570X/580/580X/590 (0000:0c:00.0)'
asks 'early-bind.profile=keep-amd-67df early-bind.dry-run'
expect 'dry run' 0 '' \
    'early-bind: dry-run: early-bind.dry-run was given: nothing is bound; boot without early-bind.dry-run to use the profile
early-bind: would load the module vfio-pci
early-bind: would 0000:0b:00.0: set driver_override to vfio-pci
early-bind: would 0000:0b:00.0: bind to vfio-pci
early-bind: would 0000:0b:00.0: check that vfio-pci holds it
early-bind: would 0000:0b:00.1: set driver_override to vfio-pci
early-bind: would 0000:0b:00.1: bind to vfio-pci
early-bind: would 0000:0b:00.1: check that vfio-pci holds it
early-bind: would 0000:0b:00.2: set driver_override to vfio-pci
early-bind: would 0000:0b:00.2: bind to vfio-pci
early-bind: would 0000:0b:00.2: check that vfio-pci holds it
early-bind: would 0000:0b:00.3: set driver_override to vfio-pci
early-bind: would 0000:0b:00.3: bind to vfio-pci
early-bind: would 0000:0b:00.3: check that vfio-pci holds it
early-bind: profile keep-amd-67df: dry run, nothing is bound' \
    "$early_bind" boot --sysroot root

asks "quiet early-bind.profile=keep-amd-67df early-bind.rev=00000000"
before=$(tree root/sys)
"$early_bind" boot --sysroot root >out.txt 2>err.txt
check 'a root of plain files: exit status 0' [ $? -eq 0 ]
check 'a root of plain files: nothing in its sys changes' [ "$(tree root/sys)" = "$before" ]
check 'a root of plain files: the summary is honest' grep -qxF \
    "early-bind: profile keep-amd-67df: 4 functions go to vfio-pci, $keeps (early-bind.off turns this off)" \
    err.txt
check 'a root of plain files: the result is honest' grep -qxF \
    'early-bind: 0 of 4 functions on vfio-pci' err.txt
check 'a root of plain files: the other revision is told' grep -qxF \
    "early-bind: revision-mismatch: the menu was made for table 00000000, the initramfs has $revision; run \`grub-gen apply\` in the running system" \
    err.txt
check 'a root of plain files: the report says partial' \
    grep -qx 'outcome partial' root/run/early-bind/report
check 'a root of plain files: the report has each function' \
    [ "$(grep -c '^function .* - - module-failed$' root/run/early-bind/report)" -eq 4 ]

lay_out root --no-groups --cmdline 'early-bind.profile=keep-amd-67df'
rm -rf root/run/early-bind
expect 'the IOMMU is off' 0 '' \
    'early-bind: iommu-off: the IOMMU is off: without it no device can be handed to a VM, and the host would lose the cards for nothing; switch VT-d or AMD-Vi on in the firmware setup, and on Intel boot with intel_iommu=on
early-bind: profile keep-amd-67df: refused, the host keeps every GPU' \
    "$early_bind" boot --sysroot root

lay_out root --driver 0000:0b:00.0=amdgpu --cmdline 'early-bind.profile=keep-amd-67df'
rm -rf root/run/early-bind
before=$(tree root/sys)
"$early_bind" boot --sysroot root 2>err.txt
check 'too late: exit status 0' [ $? -eq 0 ]
check 'too late: refused' grep -qxF \
    'early-bind: profile keep-amd-67df: refused, the host keeps every GPU' err.txt
check 'too late: nothing in its sys changes' [ "$(tree root/sys)" = "$before" ]

# The running system, after an initramfs that left no report.
rm -rf root/run/early-bind
before=$(tree root/sys)
expect 'late: a driver was faster' 0 '' \
    'early-bind: late: the initramfs left no report, so early-bind runs in the running system, where other drivers may have been faster; run `grub-gen doctor`, which says why the initramfs did not run early-bind
early-bind: too-late: AMD Radeon RX 6800/6800 XT / 6900 XT (0000:0b:00.0) stays with the host: the driver amdgpu holds 0000:0b:00.0, and in the running system nothing is taken from a driver; take the driver out of the kernel image and the early modules, then run `grub-gen apply`, which rebuilds every initramfs
early-bind: profile keep-amd-67df: refused, the host keeps every GPU' \
    "$early_bind" late --sysroot root
check 'late: nothing in its sys changes' [ "$(tree root/sys)" = "$before" ]
check 'late: the report has each function' \
    [ "$(grep -c '^function .* too-late$' root/run/early-bind/report)" -eq 4 ]
expect_unchanged root 'late: after a report there is nothing to do' 0 '' '' \
    "$early_bind" late --sysroot root
asks 'root=/dev/sda1 ro'
expect_unchanged root 'late: without a token' 0 '' '' "$early_bind" late --sysroot root
rm -rf empty
expect 'late: the boot goes on' 0 '' 'early-bind: cannot open the root directory empty: No such file or directory' \
    "$early_bind" late --sysroot empty

lay_out root --cmdline 'early-bind.profile=keep-amd-67df'
sed -i 's/6900 XT/6900 XY/' "$table"
sum=$(tail -n 1 "$table")
rm -rf root/run/early-bind
"$early_bind" boot --sysroot root 2>err.txt
check 'a damaged table: exit status 0' [ $? -eq 0 ]
check 'a damaged table: said with its line' grep -q \
    "^early-bind: table-damaged: the boot table $table is damaged: line 19: the checksum is [0-9a-f]*, the revision line says ${sum#revision }; run \`grub-gen apply\` in the running system\$" \
    err.txt
check 'a damaged table: reported' grep -qx 'outcome refused' root/run/early-bind/report
rm -r "$table" root/run/early-bind
expect 'a missing table' 0 '' \
    "early-bind: table-missing: there is no boot table $table; run \`grub-gen apply\` in the running system
early-bind: profile keep-amd-67df: refused, the host keeps every GPU" \
    "$early_bind" boot --sysroot root
finish
