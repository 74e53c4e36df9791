#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen boot-once and default on a root below --sysroot, and what early-bind status says of it.
# usage: grub_gen_choice.sh GRUB_GEN EARLY_BIND
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")
early_bind=$(absolute "$2")
command -v grub-editenv >/dev/null || skip 'no grub-editenv'

lay_out root
mkdir -p root/boot/grub root/proc/sys/kernel/random
echo 11111111-1111-1111-1111-111111111111 >root/proc/sys/kernel/random/boot_id
"$grub_gen" apply --sysroot root 2>/dev/null
revision=$(sed -n 's/^revision //p' root/var/lib/early-bind/boot-table)
printf '%s\n' "submenu 'GPU layouts' --id 'early-bind' {" >root/boot/grub/grub.cfg
for profile in keep-amd-73bf pass-all; do
    for kernel in 6.12 6.1; do
        printf "menuentry 'x' --id 'early-bind-%s-%s' {\n linux /vmlinuz-%s ro\n initrd /initrd.img-%s\n}\n" \
            "$profile" "$kernel" "$kernel" "$kernel" >>root/boot/grub/grub.cfg
    done
done
echo '}' >>root/boot/grub/grub.cfg
environment() { grub-editenv root/boot/grub/grubenv list 2>/dev/null; }

title=$("$grub_gen" scan --sysroot root | sed -n '/^keep-amd-73bf /{n;s/^ *//p}')
all=$("$grub_gen" scan --sysroot root | sed -n '/^pass-all /{n;s/^ *//p}')

expect_unchanged root 'default: what it is' 0 stock '' "$grub_gen" default --sysroot root
expect_unchanged root 'boot-once: a name that is none' 1 '' \
    'grub-gen: this machine has no profile `keep-amd-73b`; did you mean `keep-amd-73bf`?' \
    "$grub_gen" boot-once keep-amd-73b --sysroot root
expect_unchanged root 'boot-once: no entry in the menu' 1 '' \
    'grub-gen: root/boot/grub/grub.cfg has no entry for the profile keep-amd-67df; `grub-gen apply` makes it, unless the profile is hidden or `grub-gen scan` says why it has none' \
    "$grub_gen" boot-once keep-amd-67df --sysroot root
expect_unchanged root 'default: not booted yet' 1 '' \
    'grub-gen: the profile keep-amd-73bf has not come to the end of a boot as it is now; try it first: `grub-gen boot-once keep-amd-73bf`' \
    "$grub_gen" default keep-amd-73bf --sysroot root

expect 'boot-once' 0 '' \
    "grub-gen: the next boot is the profile keep-amd-73bf ($title); the boots after it are as before" \
    "$grub_gen" boot-once keep-amd-73bf --sysroot root
same_text 'the whole path for GRUB' 'next_entry=early-bind>early-bind-keep-amd-73bf-6.12' "$(environment)"
same_text 'what is to be tried' 'keep-amd-73bf 11111111-1111-1111-1111-111111111111' \
    "$(cat root/var/lib/early-bind/trial)"
expect 'boot-once of a headless profile' 0 '' \
    "grub-gen: the next boot is the profile pass-all ($all), and the host will have no display; the boots after it are as before" \
    "$grub_gen" boot-once pass-all --sysroot root

status() { "$early_bind" status --sysroot root | grep -c '^trial-failed: the profile pass-all was to be booted once'; }
check 'nothing is said before the boot' [ "$(status)" = 0 ]
echo 22222222-2222-2222-2222-222222222222 >root/proc/sys/kernel/random/boot_id
check 'a trial that failed is told' [ "$(status)" = 1 ]
echo 'ro early-bind.profile=pass-all' >root/proc/cmdline
check 'nothing is said in the boot that was tried' [ "$(status)" = 0 ]
printf 'early-bind-report 1\nprofile pass-all\nrevision %s\noutcome done\nend\n' "$revision" >report
mkdir -p root/run/early-bind
cp report root/run/early-bind/report
"$early_bind" confirm --sysroot root || fail 'confirm'
check 'the end of the boot ends the trial' [ ! -e root/var/lib/early-bind/trial ]
echo ro >root/proc/cmdline
rm -r root/run/early-bind

echo "keep-amd-73bf $revision" >>root/var/lib/early-bind/booted
expect 'default' 0 '' \
    "grub-gen: the profile keep-amd-73bf ($title) boots by default, with the newest kernel; \`grub-gen default stock\` takes that back" \
    "$grub_gen" default keep-amd-73bf --sysroot root
expect_unchanged root 'default: what it is now' 0 keep-amd-73bf '' "$grub_gen" default --sysroot root
expect_unchanged root 'default: headless without a yes' 1 '' \
    'grub-gen: with the profile pass-all the host has no display; if that is what you want in every boot, add --yes-headless' \
    "$grub_gen" default pass-all --sysroot root
"$grub_gen" default pass-all --yes-headless --sysroot root 2>/dev/null
check 'default: headless with a yes' [ "$("$grub_gen" default --sysroot root)" = pass-all ]
expect 'default stock' 0 '' "grub-gen: the distribution's own default boots by default" \
    "$grub_gen" default stock --sysroot root
check 'default stock: nothing is left' [ "$("$grub_gen" default --sysroot root)" = stock ]

# Two at the same time.
flock -o root/var/lib sleep 5 &
holder=$!
sleep 1
expect_unchanged root 'a second grub-gen' 1 '' \
    'grub-gen: another grub-gen or early-bind is changing root/; wait for its end and run this again' \
    "$grub_gen" default stock --sysroot root
expect 'a second grub-gen that only looks' 0 stock '' "$grub_gen" default --sysroot root
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null

"$grub_gen" boot-once pass-all --sysroot root 2>/dev/null
"$grub_gen" uninstall --sysroot root 2>/dev/null
check 'uninstall takes the choice back' [ -z "$(environment)" ]
check 'uninstall leaves no state' [ ! -e root/var/lib/early-bind ]
finish
