#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind plan and early-bind status: whole texts, exit status, and that they change nothing.
# usage: early_bind_plan_status.sh EARLY_BIND GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
early_bind=$(absolute "$1")
grub_gen=$(absolute "$2")

lay_out root --cmdline 'quiet early-bind.profile=keep-amd-67df' \
    --driver 0000:0b:00.1=snd_hda_intel --driver 0000:0b:00.2=xhci_hcd
"$grub_gen" apply --sysroot root 2>/dev/null || fail 'apply'
table=root/var/lib/early-bind/boot-table
revision=$(sed -n 's/^revision //p' "$table")

plan='profile keep-amd-67df
the host keeps AMD Radeon RX 470/480/570/570X/580/580X/590 (0000:0c:00.0)
  load the module vfio-pci
  0000:0b:00.0: set driver_override to vfio-pci
  0000:0b:00.0: bind to vfio-pci
  0000:0b:00.0: check that vfio-pci holds it
  0000:0b:00.1: set driver_override to vfio-pci
  0000:0b:00.1: unbind from snd_hda_intel
  0000:0b:00.1: bind to vfio-pci
  0000:0b:00.1: check that vfio-pci holds it
  0000:0b:00.2: set driver_override to vfio-pci
  0000:0b:00.2: unbind from xhci_hcd
  0000:0b:00.2: bind to vfio-pci
  0000:0b:00.2: check that vfio-pci holds it
  0000:0b:00.3: set driver_override to vfio-pci
  0000:0b:00.3: bind to vfio-pci
  0000:0b:00.3: check that vfio-pci holds it'
expect_unchanged root 'plan of a named profile' 0 "$plan" '' \
    "$early_bind" plan --profile keep-amd-67df --sysroot root
expect_unchanged root 'plan of the profile on the command line' 0 "$plan" '' \
    "$early_bind" plan --sysroot root
expect_unchanged root 'plan of an unknown profile' 2 '' \
    'early-bind: the boot table has no profile nope; it has keep-amd-73bf, keep-amd-67df and pass-all; run `grub-gen apply` in the running system' \
    "$early_bind" plan --profile nope --sysroot root

# Without any table: the kept GPU by its address, with or without the domain, its ids or its place.
selected=$("$grub_gen" keep 'rx 470' --sysroot root)
mv "$table" table.kept
keep_plan=$(printf '%s\n' "$plan" | sed -e '1s/.*/profile keep=SELECTOR/' -e '2s/.*/the host keeps 1002:67df (0000:0c:00.0)/')
for selector in 0000:0c:00.0 0c:00.0 1002:67df 1002:67DF "${selected#early-bind.keep=}"; do
    expect_unchanged root "plan --keep $selector" 0 \
        "$(printf '%s\n' "$keep_plan" | sed "1s|SELECTOR|$selector|")" '' \
        "$early_bind" plan --keep "$selector" --sysroot root
done
expect_unchanged root 'plan --keep of no GPU' 2 '' \
    'early-bind: early-bind.keep=00:1f.0 matches no GPU; this machine has 0000:0b:00.0 (1002:73bf) and 0000:0c:00.0 (1002:67df); correct the word after early-bind.keep=, or take it out' \
    "$early_bind" plan --keep 00:1f.0 --sysroot root
expect_unchanged root 'plan --keep of no selector' 2 '' \
    'early-bind: early-bind.keep=nvidia names no device; write a PCI address (0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0); correct the word after early-bind.keep=, or take it out' \
    "$early_bind" plan --keep nvidia --sysroot root
mv table.kept "$table"

not_run='profile  keep-amd-67df

not-run: the profile keep-amd-67df was asked for, but early-bind left no report in this boot
    next: run `grub-gen apply` to rebuild the initramfs, then boot the entry again

What was asked for is not what is.'
expect_unchanged root 'status without a report' 1 "$not_run" '' "$early_bind" status --sysroot root

# A report as the boot leaves it, and the machine as it then is.
mkdir -p root/run/early-bind
cat >root/run/early-bind/report <<END
early-bind-report 1
profile keep-amd-67df
revision $revision
outcome done
function 0000:0b:00.0 pci0000:00/03.1/00.0/00.0/00.0 1002:73bf 0000:0000 030000 0000:0b:00.0 - vfio-pci ok
end
END
expect_unchanged root 'status: lost since the boot' 1 'profile  keep-amd-67df
outcome  done

function         ids        driver before    driver now       code
0000:0b:00.0     1002:73bf  none             none             ok

lost-since: 0000:0b:00.0 was on vfio-pci after the boot, now it is without a driver
    next: find out what unbound it; the next boot of the entry binds it again

What was asked for is not what is.' '' "$early_bind" status --sysroot root

lay_out root --cmdline 'quiet early-bind.profile=keep-amd-67df' --driver 0000:0b:00.0=vfio-pci
expect_unchanged root 'status: as asked' 0 'profile  keep-amd-67df
outcome  done

function         ids        driver before    driver now       code
0000:0b:00.0     1002:73bf  none             vfio-pci         ok

What was asked for is what is.' '' "$early_bind" status --sysroot root
expect_unchanged root 'status --json: as asked' 0 \
    "{\"schema\":1,\"profile\":\"keep-amd-67df\",\"outcome\":\"done\",\"revision\":\"$revision\",\"agrees\":true,\"functions\":[{\"address\":\"0000:0b:00.0\",\"address_then\":\"0000:0b:00.0\",\"location\":\"pci0000:00/03.1/00.0/00.0/00.0\",\"ids\":\"1002:73bf\",\"wanted\":\"vfio-pci\",\"driver_before\":null,\"driver_after\":\"vfio-pci\",\"driver_now\":\"vfio-pci\",\"code\":\"ok\",\"text\":\"vfio-pci holds 0000:0b:00.0\",\"next\":\"nothing to do\"}],\"resources\":[],\"reasons\":[]}" \
    '' "$early_bind" status --json --sysroot root
"$early_bind" status --json --sysroot root >status.json
check 'status --json is JSON' python3 -m json.tool status.json /dev/null

echo 'nonsense' >>root/run/early-bind/report
expect_unchanged root 'status: a damaged report' 2 '' \
    'early-bind: root/run/early-bind/report: line 7: text after the end; the kernel log has what was reported' \
    "$early_bind" status --sysroot root

# A boot that came to its end as asked is recorded, once; one that waits for vfio-pci is completed.
cat >root/run/early-bind/report <<END
early-bind-report 1
profile keep-amd-67df
revision $revision
outcome done
end
END
for time in first second; do
    expect "confirm, the $time time" 0 '' '' "$early_bind" confirm --sysroot root
    same_text "confirm, the $time time: record" "keep-amd-67df $revision" \
        "$(cat root/var/lib/early-bind/booted)"
done
expect_unchanged root 'complete: nothing waits' 0 '' '' "$early_bind" complete --sysroot root
sed -i 's/^outcome done/outcome partial/; s/keep-amd-67df/pass-all/' root/run/early-bind/report
expect_unchanged root 'confirm: not as asked' 0 '' '' "$early_bind" confirm --sysroot root
sed -i 's/^outcome partial/outcome deferred/' root/run/early-bind/report
sed -i '$i function 0000:0b:00.0 pci0000:00/03.1/00.0/00.0/00.0 1002:73bf 0000:0000 030000 - - - deferred' \
    root/run/early-bind/report
expect 'complete: what waited is there' 0 '' '' \
    "$early_bind" complete --sysroot root
check 'complete: the report says done' grep -qx 'outcome done' root/run/early-bind/report
sed -i '/^end/d' root/run/early-bind/report
for command in complete confirm; do
    expect_unchanged root "$command: a damaged report" 2 '' \
        'early-bind: root/run/early-bind/report: no line `end`: the report is cut off; the kernel log has what was reported' \
        "$early_bind" "$command" --sysroot root
done
rm root/run/early-bind/report
expect_unchanged root 'complete: no report' 0 '' '' "$early_bind" complete --sysroot root
expect_unchanged root 'confirm: no report' 0 '' '' "$early_bind" confirm --sysroot root

lay_out root --no-groups
rm -r root/run/early-bind
expect_unchanged root 'plan: refused' 1 'profile pass-all
iommu-off: the IOMMU is off: without it no device can be handed to a VM, and the host would lose the cards for nothing
    next: switch VT-d or AMD-Vi on in the firmware setup, and on Intel boot with intel_iommu=on
refused: nothing of the profile would be bound
nothing to do' '' "$early_bind" plan --profile pass-all --sysroot root
expect_unchanged root 'status: nothing asked for' 0 \
    'profile  none asked for on the kernel command line

What was asked for is what is.' '' "$early_bind" status --sysroot root

printf 'early-bind-table 1\n' >"$table"
expect_unchanged root 'plan: a table cut off' 2 '' \
    "early-bind: the boot table $table is damaged: line 1: no revision line, the file is cut off; run \`grub-gen apply\` in the running system" \
    "$early_bind" plan --sysroot root
head -c 300000 /dev/zero >"$table"
expect_unchanged root 'plan: a table too large' 2 '' \
    "early-bind: cannot read $table: it is larger than 262144 bytes; run \`grub-gen apply\` in the running system" \
    "$early_bind" plan --sysroot root
finish
