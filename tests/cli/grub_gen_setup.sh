#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen setup: unattended, in a dialogue through a pipe and at a terminal, again, and refused.
# usage: grub_gen_setup.sh GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
session=$(cd "$(dirname "$0")" && pwd)/setup_session
page=$(cd "$(dirname "$0")/../../docs" && pwd)/SETUP.md
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")
config=root/etc/early-bind/early-bind.toml

check 'docs/SETUP.md is what the program shows' "$session" --check "$grub_gen" "$page"

"$session" --lay-out root
cp -r root plain

# Unattended.
expect_unchanged root 'nothing to do' 0 '' \
    'grub-gen: nothing would change
grub-gen: next: `grub-gen apply`, which rebuilds the initramfs and the menu' \
    "$grub_gen" setup --yes --sysroot root
menu='
The menu, for each kernel:

  Host keeps AMD Radeon RX 6800/6800 XT / 6900 XT; AMD Radeon RX 470/480/570/570X/580/580X/590 to VMs'
head=$("$grub_gen" setup --yes --dry-run --static 05:00.0 --sysroot root 2>/dev/null |
    sed -n '3,13p')
static='static = [
    "pci0000:00/01.2/00.0/05.0/00.0",  # Ethernet controller: Intel Corporation I211 Gigabit Network Connection
]'
settings="host_only = [
    \"pci0000:00/03.1/00.0/00.0/00.0\",  # AMD Radeon RX 6800/6800 XT / 6900 XT
]
$static

[profile.pass-all]
memory = \"16G\"
cpus = \"4-7,12-15\"
zram = \"4G\""
set -- --yes --host-only 0b:00.1 -pci 'i211|navi 21|non-vol.*sn850x' --memory 16g --cpus 4-7,12-15 \
    --zram 4G --sysroot root
left_out='grub-gen: warning: `i211|navi 21|non-vol.*sn850x` also matches 0000:0b:00.0, 0000:0b:00.1 and 0000:0b:00.3, left out: GPUs and what belongs to them are passed by the profiles
grub-gen: warning: `i211|navi 21|non-vol.*sn850x` also matches 0000:01:00.0, left out: this host has file systems or swap there'
expect_unchanged root 'a dry run' 0 "New file root/etc/early-bind/early-bind.toml:

$head

$settings
$menu
      default_hugepagesz=1G hugepagesz=1G hugepages=16 isolcpus=managed_irq,domain,4-7,12-15 nohz_full=4-7,12-15 rcu_nocbs=4-7,12-15 irqaffinity=0-3,8-11" \
    "$left_out
grub-gen: dry run: nothing was changed" "$grub_gen" setup --dry-run "$@"
expect 'the same for good' 0 '' "$left_out
grub-gen: wrote root/etc/early-bind/early-bind.toml
grub-gen: next: \`grub-gen apply\`, which rebuilds the initramfs and the menu" "$grub_gen" setup "$@"
check 'the file' [ "$(cat $config)" = "$head

$settings" ]
check 'its mode' [ "$(stat -c %a $config)" = 644 ]
expect_unchanged root 'the same again' 0 '' "$left_out
grub-gen: nothing would change
grub-gen: next: \`grub-gen apply\`, which rebuilds the initramfs and the menu" "$grub_gen" setup "$@"
expect 'check accepts it' 0 'root/etc/early-bind/early-bind.toml is right for this machine' '' \
    "$grub_gen" check --sysroot root

# Editing keeps what is there, owner and mode too.
sed -i 's/^cpus.*/& # mine/; s/^zram.*/title = "All"/' $config
chmod 600 $config
[ "$(id -u)" -ne 0 ] || chown 12:34 $config
owner=$(stat -c '%a %u %g' $config)
expect 'a change with apply' 0 '' 'grub-gen: wrote root/etc/early-bind/early-bind.toml
grub-gen: wrote root/var/lib/early-bind/boot-table
grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: root/ has no update-grub: no menu is regenerated' \
    "$grub_gen" setup --yes --apply --memory 8G --profile 1 --static none --zram off \
    --sysroot root
check 'edited' [ "$(cat $config)" = "$head

host_only = [
    \"pci0000:00/03.1/00.0/00.0/00.0\",  # AMD Radeon RX 6800/6800 XT / 6900 XT
]

[profile.pass-all]
memory = \"8G\"
cpus = \"4-7,12-15\" # mine
title = \"All\"
zram = false" ]
check 'owner and mode stay' [ "$(stat -c '%a %u %g' $config)" = "$owner" ]
expect_unchanged root 'in step with the boot table' 0 '' 'grub-gen: nothing would change' \
    "$grub_gen" setup --yes --sysroot root

# What cannot be. Nothing is written.
# refused WHAT SENTENCE OPTION...
refused() {
    refused_what=$1 refused_why=$2
    shift 2
    expect_unchanged root "$refused_what" 1 '' "grub-gen: $refused_why" \
        "$grub_gen" setup --yes --sysroot root "$@"
}
refused 'no such GPU' 'there is no number 3; the GPUs are 1 to 2' --pass 3
refused 'no expression' '`(` is no regular expression; write numbers of the list, a PCI address (0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0), or a part of the name' \
    -pci '('
refused 'a disk of the host' \
    '0000:01:00.0 cannot be in the static set: this host has file systems or swap there' \
    --static 01:00.0
refused 'too much memory' \
    '`memory` takes 61440 of 64245 MiB, and the host needs 6424 MiB at least; ask for 56G or less' \
    --memory 60G
refused 'no size' \
    '`lots` is no amount of memory; write 16G or 512M, one size for each NUMA node as in 8G,8G, or off' \
    --memory lots
refused 'no such CPU' '`cpus` has 16, and this machine has the CPUs 0-15' --cpus 16
refused 'no CPUs' '`7-4` is no list of CPUs; write one such as 4-7,12-15, or off' --cpus 7-4
refused 'no zram' '`on` is no size for zram; write one such as 4G, auto, off or system' --zram on
refused 'no such profile' \
    'no profile with a menu entry is called `work`; there is pass-all' \
    --profile work --memory 8G
expect 'both about GPUs' 2 '' \
    'grub-gen: --pass excludes --host-only; see grub-gen --help' \
    "$grub_gen" setup --yes --pass 1 --host-only 2 --sysroot root
cp $config saved
echo 'memroy = 1' >>$config
refused 'a mistake in the file' \
    'root/etc/early-bind/early-bind.toml: line 22, column 1: unknown key `memroy`; did you mean `memory`?'
mv $config linked.toml
ln -s "$PWD/linked.toml" $config
refused 'a symbolic link' \
    'root/etc/early-bind/early-bind.toml is a symbolic link, and setup does not replace what it leads to; edit that file by hand, or put a file in the link'"'"'s place'
rm $config
mv saved $config

# A recording can be tried on, not written to.
"$grub_gen" record --sysroot plain >my.machine
"$grub_gen" setup --yes --dry-run --cpus 4-7,12-15 --sysroot my.machine >out.txt 2>err.txt
check 'a dry run on a recording' [ $? -eq 0 -a "$(grep -c '^cpus = "4-7,12-15"$' out.txt)" = 3 ]
expect 'no more than that' 1 '' \
    'grub-gen: my.machine is a recording of a machine: nothing can be written to it' \
    "$grub_gen" setup --yes --sysroot my.machine

# The dialogue through a pipe: questions, and what is said about answers.
# talk ANSWERS [OPTION...]
# shellcheck disable=SC2317 # expect calls it
talk() {
    talk_answers=$1
    shift
    # shellcheck disable=SC2059 # it is a format
    printf "$talk_answers" | "$grub_gen" setup --sysroot root "$@" >talk.txt
    talk_status=$?
    grep -E '^[A-Zz].*\]: $|^note: |^(there is|no|please|a |`[^a]).*\.$' talk.txt
    return "$talk_status"
}
# Lines end in a blank there.
questions='May be passed [2]: 
Static set [none]: 
Memory [8G]: 
CPUs [4-7,12-15]: 
zram [off]: '
expect_unchanged root 'Enter keeps everything' 0 "$questions" 'grub-gen: nothing would change' \
    talk '\n\n\n\n\n'
expect_unchanged root 'what is given is not asked' 0 'May be passed [2]: 
zram [off]: ' 'grub-gen: dry run: nothing was changed' \
    talk '\n\n' --dry-run --memory 4G --cpus off --static 05:00.0
ended='grub-gen: nothing was changed: the input ended before the last answer; `grub-gen setup --yes` asks nothing'
expect_unchanged root 'an end of the input' 1 'May be passed [2]: 
Static set [none]: ' "$ended" talk '\n'
expect_unchanged root 'q' 0 'May be passed [2]: 
Static set [none]: ' 'grub-gen: nothing was changed' talk '\nq\n'
write='Write root/etc/early-bind/early-bind.toml? [Y/n]: '
expect_unchanged root 'no to the last question' 0 "$questions
$write" 'grub-gen: nothing was changed' talk '\n\n4G\n\n\nn\n'
expect_unchanged root 'an end before the last question' 1 "$questions
$write" "$ended" talk '\n\n4G\n\n\n'
expect 'wrong answers, then right ones' 0 'May be passed [2]: 
no GPU fits `voodoo`; the GPUs are 0000:0b:00.0 (AMD Radeon RX 6800/6800 XT / 6900 XT) and 0000:0c:00.0 (AMD Radeon RX 470/480/570/570X/580/580X/590).
May be passed [2]: 
Static set [none]: 
`*` is no regular expression; write numbers of the list, a PCI address (0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0), or a part of the name.
Static set [none]: 
Profiles [all]: 
there is no number 4; the profiles are 1 to 3.
Profiles [all]: 
Memory [off]: 
`64` is no amount of memory; write 16G or 512M, one size for each NUMA node as in 8G,8G, or off.
Memory [off]: 
CPUs [off]: 
`cpus` must leave the core of CPU 0 (0,8) to the host: the kernel boots there.
CPUs [off]: 
note: the profile keep-amd-67df: CPU 7 is isolated, but CPU 15 of the same core stays with the host and slows it down; isolate both or none
zram [system]: 
Write root/etc/early-bind/early-bind.toml? [Y/n]: 
please answer y or n, or q to end without any change.
Write root/etc/early-bind/early-bind.toml? [Y/n]: 
Run it now? [Y/n]: ' 'grub-gen: wrote root/etc/early-bind/early-bind.toml
grub-gen: next: `grub-gen apply`, which rebuilds the initramfs and the menu' \
    talk 'voodoo\nall\n*\n\n4\n2\n64\n12G\n0\n7\n4G\nmaybe\ny\nn\n'
check 'written' [ "$(tail -n 10 $config)" = '[profile.pass-all]
memory = "8G"
cpus = "4-7,12-15" # mine
title = "All"
zram = false

[profile.keep-amd-67df]
memory = "12G"
cpus = "7"
zram = "4G"' ]
check 'nothing is host only any more' [ "$(grep -c '^host_only' $config)" = 0 ]

# At a terminal.
expect_unchanged root 'Ctrl-D at a terminal' 1 "$ended" '' \
    sh -c '"$@" | tail -n 1; exit 1' sh "$session" "$grub_gen" '' '^D' -- --sysroot root
# shellcheck disable=SC2317 # expect calls it
at_terminal() {
    "$session" "$grub_gen" "$@" >talk.txt
    talk_status=$?
    sed -n '/^Write/,$p' talk.txt
    return "$talk_status"
}
expect 'a change and apply at a terminal' 0 'Write root/etc/early-bind/early-bind.toml? [Y/n]: y
grub-gen: wrote root/etc/early-bind/early-bind.toml

The menu gets this by `grub-gen apply`, which also rebuilds the initramfs.
Run it now? [Y/n]: 
grub-gen: wrote root/var/lib/early-bind/boot-table
grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: root/ has no update-grub: no menu is regenerated' '' \
    at_terminal '' '' 3 off '' '' y '' -- --sysroot root

# An earlier set-up is offered, and taken over in the same step.
mkdir -p plain/etc/modprobe.d
echo 'options vfio-pci ids=8086:1539' >plain/etc/modprobe.d/vfio.conf
cp -r plain root2
rm -r root
mv root2 root
expect_unchanged root 'a take-over that is not wanted' 0 'Take it over, with a backup? [y/N]: ' \
    'grub-gen: nothing was changed' talk 'q\n'
"$grub_gen" setup --yes --dry-run --sysroot root >out.txt 2>err.txt
check 'it is not taken over unasked' [ "$(grep -c modprobe out.txt)" = 0 ]
expect 'a take-over with more' 0 '' \
    'grub-gen: the files as they were are in root/var/lib/early-bind/import/1; `grub-gen import --undo` puts them back
grub-gen: wrote root/etc/early-bind/early-bind.toml
grub-gen: next: `grub-gen apply`, which rebuilds the initramfs and the menu' \
    "$grub_gen" setup --yes --import --zram auto --profile pass-all --sysroot root
check 'the old line' [ "$(cat root/etc/modprobe.d/vfio.conf)" = \
    '#early-bind# options vfio-pci ids=8086:1539' ]
check 'the new file' [ "$(cat $config)" = "$head

$static

[profile.pass-all]
zram = true" ]
"$grub_gen" import --undo --sysroot root 2>/dev/null
check 'undone' [ ! -e $config -a "$(cat root/etc/modprobe.d/vfio.conf)" = 'options vfio-pci ids=8086:1539' ]
finish
