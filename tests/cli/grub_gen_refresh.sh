#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen refresh, and the life of the include where GRUB takes its entries from BLS files.
# usage: grub_gen_refresh.sh GRUB_GEN
# shellcheck disable=SC2016 # the variables in quotes are GRUB's
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")
command -v grub-editenv >/dev/null || skip 'no grub-editenv'

lay_out root
expect_unchanged root 'refresh: nothing was applied' 0 '' '' "$grub_gen" refresh --sysroot root
"$grub_gen" apply --sysroot root 2>/dev/null
expect_unchanged root 'refresh: a root without GRUB' 0 '' \
    'grub-gen: root/ has no update-grub: no menu is regenerated' "$grub_gen" refresh --sysroot root

# What is in the root's own directories.
files() {
    (cd root && find boot etc var -type d && find boot etc var -type f -exec cksum {} +) | sort
}

# kernel VERSION: an entry file as Fedora has it.
entries=root/boot/loader/entries
kernel() {
    mkdir -p "$entries"
    printf '%s\n' "title Fedora Linux ($1) 43" "version $1" "linux /vmlinuz-$1" \
        "initrd /initramfs-$1.img \$tuned_initrd" "options root=UUID=1 ro \$tuned_params" \
        'grub_users $grub_users' 'grub_arg --unrestricted' 'grub_class fedora' >"$entries/m-$1.conf"
}

rm -r root
lay_out root
mkdir -p root/etc/grub.d root/etc/default root/boot/grub2
echo 'echo insmod blscfg; echo blscfg' >root/etc/grub.d/10_linux
echo 'GRUB_ENABLE_BLSCFG=true' >root/etc/default/grub
printf '%s\n' 'set timeout=5' 'blscfg' >root/boot/grub2/grub.cfg
kernel 6.17.9-300.fc43.x86_64
before=$(files)
include=root/boot/grub2/early-bind.cfg
table=root/var/lib/early-bind/boot-table
ids() { sed -n "s/.*id_option '\\(early-bind-[^']*\\)'.*/\\1/p" "$include"; }
of_kernel() { printf 'early-bind-%s-'"$1"'\n' keep-amd-73bf keep-amd-67df pass-all; }

"$grub_gen" apply --dry-run --sysroot root >dry-run.txt 2>/dev/null
check 'the dry run shows the include' grep -q "^+++ $include (after grub-gen apply)\$" dry-run.txt
check 'the dry run writes none' [ ! -e "$include" ]
expect 'apply' 0 '' "grub-gen: wrote $table
grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: $include has the GPU layouts
grub-gen: root/ has no grub2-mkconfig: no menu is regenerated" "$grub_gen" apply --sysroot root
same_text 'the include has every profile' "$(of_kernel 6.17.9-300.fc43.x86_64)" "$(ids)"
check 'GRUB takes the include' grub-script-check "$include"
expect_unchanged root 'a second dry run' 0 '' 'grub-gen: nothing would change' \
    "$grub_gen" apply --dry-run --sysroot root
# grub.cfg as grub2-mkconfig leaves it.
echo 'source ${config_directory}/early-bind.cfg' >>root/boot/grub2/grub.cfg
expect_unchanged root 'refresh: nothing is new' 0 '' "grub-gen: $include has the GPU layouts" \
    "$grub_gen" refresh --sysroot root

kernel 6.17.12-300.fc43.x86_64
"$grub_gen" refresh --sysroot root 2>/dev/null
same_text 'a new kernel comes first' "$(of_kernel 6.17.12-300.fc43.x86_64)
$(of_kernel 6.17.9-300.fc43.x86_64)" "$(ids)"
"$grub_gen" boot-once pass-all --sysroot root 2>/dev/null
same_text 'boot-once takes the newest' 'next_entry=early-bind>early-bind-pass-all-6.17.12-300.fc43.x86_64' \
    "$(grub-editenv root/boot/grub2/grubenv list)"

rm "$entries/m-6.17.12-300.fc43.x86_64.conf"
"$grub_gen" refresh --sysroot root 2>/dev/null
same_text 'a kernel that went' "$(of_kernel 6.17.9-300.fc43.x86_64)" "$(ids)"
printf '%s\n' 'title T' 'linux /vmlinuz-7' >"$entries/m-7.conf"
expect 'an entry without an initramfs' 0 '' "grub-gen: warning: leaving out m-7.conf: it has no initramfs that early-bind could run in
grub-gen: $include has the GPU layouts" "$grub_gen" refresh --sysroot root
rm "$entries/m-7.conf"

"$grub_gen" uninstall --sysroot root 2>/dev/null
check 'uninstall removes the include' [ ! -e "$include" ]
check 'uninstall takes the choice back' [ -z "$(grub-editenv root/boot/grub2/grubenv list)" ]
rm root/boot/grub2/grubenv
sed -i '/early-bind/d' root/boot/grub2/grub.cfg # as grub2-mkconfig leaves it
same_text 'uninstall leaves nothing else' "$before" "$(files)"
finish
