#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen on a root below --sysroot whose loader is systemd-boot: from apply to uninstall.
# usage: grub_gen_systemd_boot.sh GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")

lay_out root
entries=root/boot/efi/loader/entries
mkdir -p "$entries" root/boot/efi/EFI/systemd
echo MZ >root/boot/efi/EFI/systemd/systemd-bootx64.efi
echo 'timeout 0' >root/boot/efi/loader/loader.conf
stock_entry() {
    printf '%s\n' 'title      Debian' "version    $1" 'sort-key   debian' 'options    root=UUID=a ro' \
        "linux      /t/$1/linux" "initrd     /t/$1/initrd.img-$1"
}
stock_entry 6.12 >"$entries/t-6.12.conf"
stock=$(cat "$entries/t-6.12.conf")

expect_unchanged root 'refresh where nothing was applied' 0 '' '' "$grub_gen" refresh --sysroot root
"$grub_gen" apply --dry-run --sysroot root >dry.txt 2>&1
check 'the dry run shows an entry' \
    grep -q '^+linux      /t/6.12/linux$' dry.txt
"$grub_gen" apply --sysroot root 2>/dev/null
revision=$(sed -n 's/^revision //p' root/var/lib/early-bind/boot-table)
names() { (cd "$entries" && echo *); }
same_text 'the entries' \
    'a-early-bind-keep-amd-67df--6.12.conf a-early-bind-keep-amd-73bf--6.12.conf a-early-bind-pass-all--6.12.conf t-6.12.conf' \
    "$(names)"
same_text 'a stock entry stays as it is' "$stock" "$(cat "$entries/t-6.12.conf")"
title=$("$grub_gen" scan --sysroot root | sed -n '/^pass-all /{n;s/^ *//p}')
same_text 'an entry' "# One of the GPU layouts of early-bind. \`grub-gen refresh\` makes it of the stock entry.
title      $title
sort-key   zz-early-bind-0002
version    6.12
options    root=UUID=a ro early-bind.profile=pass-all early-bind.rev=$revision
linux      /t/6.12/linux
initrd     /t/6.12/initrd.img-6.12" "$(cat "$entries/a-early-bind-pass-all--6.12.conf")"
expect_unchanged root 'apply --dry-run after apply' 0 '' 'grub-gen: nothing would change' \
    "$grub_gen" apply --dry-run --sysroot root

stock_entry 6.13 >"$entries/t-6.13.conf"
expect 'refresh when a kernel came' 0 '' "grub-gen: GPU layouts in $entries: 6" \
    "$grub_gen" refresh --sysroot root
check 'the newer kernel is the first' grep -q '^sort-key   zz-early-bind-0000$' \
    "$entries/a-early-bind-keep-amd-73bf--6.13.conf"
expect_unchanged root 'refresh within apply' 0 '' '' env EARLY_BIND_RUNS=1 "$grub_gen" refresh --sysroot root
rm "$entries/t-6.12.conf"
expect 'refresh when a kernel went' 0 '' "grub-gen: GPU layouts in $entries: 3" \
    "$grub_gen" refresh --sysroot root
check 'its layouts went with it' [ "$(names | tr ' ' '\n' | grep -c 6.12)" -eq 0 ]

doctor=$("$grub_gen" doctor --sysroot root 2>&1)
for sentence in "$entries has the 3 layouts of the boot table $revision" \
    "$entries shows the menu for 0 seconds" "the stock entries in $entries have no argument of ours"; do
    check "doctor: $sentence" test "${doctor#*"$sentence"}" != "$doctor"
done
check 'doctor has nothing to say about GRUB' [ "$(echo "$doctor" | grep -ci 'grubenv\|grub.cfg\|42_early-bind')" -eq 0 ]

expect 'boot-once for another root' 1 '' \
    "grub-gen: what systemd-boot boots is set in the machine's firmware, not in root/: run this in the system itself" \
    "$grub_gen" boot-once pass-all --sysroot root
check 'no trial is left of it' [ ! -e root/var/lib/early-bind/trial ]

"$grub_gen" uninstall --sysroot root 2>/dev/null
same_text 'the entries after uninstall' t-6.13.conf "$(names)"
check 'nothing else is left' [ ! -e root/var/lib/early-bind ]
finish
