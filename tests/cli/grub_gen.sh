#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen on a root below --sysroot: apply, its dry run, uninstall, and input that is wrong.
# usage: grub_gen.sh GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")

see='see grub-gen --help'
expect 'no command' 2 '' "grub-gen: A subcommand is required; $see" "$grub_gen"
expect 'unknown option' 2 '' \
    "grub-gen: The following argument was not expected: --force; $see" "$grub_gen" scan --force
expect 'missing value' 2 '' "grub-gen: --sysroot: 1 required DIR missing; $see" \
    "$grub_gen" scan --sysroot
"$grub_gen" frobnicate >out.txt 2>err.txt
check 'unknown command: exit status 2' [ $? -eq 2 ]
check 'unknown command: nothing on standard output' [ ! -s out.txt ]

mkdir empty
for command in scan apply 'apply --dry-run' uninstall; do
    # shellcheck disable=SC2086
    expect "$command: no such root" 1 '' \
        'grub-gen: cannot open the root directory gone: No such file or directory' \
        "$grub_gen" $command --sysroot gone
    # shellcheck disable=SC2086
    expect "$command: a device as root" 1 '' \
        'grub-gen: cannot open the root directory /dev/null: Not a directory' \
        "$grub_gen" $command --sysroot /dev/null
done
no_sys='grub-gen: cannot list empty/sys/bus/pci/devices: No such file or directory: no PCI devices there; is empty/ the root of a Linux system with /sys mounted?'
for command in scan apply 'apply --dry-run'; do
    # shellcheck disable=SC2086
    expect_unchanged empty "$command: an empty root" 1 '' "$no_sys" \
        "$grub_gen" $command --sysroot empty
done
nothing='grub-gen: nothing was applied here, there is nothing to undo'
expect_unchanged empty 'uninstall: an empty root' 0 '' "$nothing" \
    "$grub_gen" uninstall --sysroot empty

lay_out root
untouched=$(tree root/sys; cd root && find . | sort)
table=root/var/lib/early-bind/boot-table
body='early-bind-table 1
gpu AMD Radeon RX 6800/6800 XT / 6900 XT
function pci0000:00/03.1/00.0/00.0/00.0 1002:73bf 0000:0000 030000 0000:0b:00.0
function pci0000:00/03.1/00.0/00.0/00.1 1002:ab28 0000:0000 040300 0000:0b:00.1
function pci0000:00/03.1/00.0/00.0/00.2 1002:73a6 0000:0000 0c0330 0000:0b:00.2
function pci0000:00/03.1/00.0/00.0/00.3 1002:73a4 0000:0000 0c8000 0000:0b:00.3
gpu AMD Radeon RX 470/480/570/570X/580/580X/590
function pci0000:00/03.2/00.0 1002:67df 0000:0000 030000 0000:0c:00.0
function pci0000:00/03.2/00.1 1002:aaf0 0000:0000 040300 0000:0c:00.1
profile keep-amd-73bf ok
keep 0
pass 1
profile keep-amd-67df ok
keep 1
pass 0
profile pass-all ok
pass 0
pass 1
revision c95b295b'
expect_unchanged root 'apply --dry-run' 0 "--- $table
+++ $table (after grub-gen apply)
@@ -0,0 +1,19 @@
$(printf '%s\n' "$body" | sed 's/^/+/')" 'grub-gen: dry run: nothing was changed' \
    "$grub_gen" apply --dry-run --sysroot root
check 'the dry run leaves no temporary file' [ -z "$(find . -name 'grub-gen-*')" ]

no_tools='grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: root/ has no update-grub: no menu is regenerated'
expect 'apply' 0 '' "grub-gen: wrote $table
$no_tools" "$grub_gen" apply --sysroot root
same_text 'the boot table' "$body" "$(cat "$table")" && echo 'ok: the boot table'
check 'the boot table is alone in its directory' [ "$(ls -A root/var/lib/early-bind)" = boot-table ]
expect_unchanged root 'apply --dry-run after apply' 0 '' 'grub-gen: nothing would change' \
    "$grub_gen" apply --dry-run --sysroot root

mkdir -p root/etc/early-bind
config=root/etc/early-bind/early-bind.toml

# bad WHAT MESSAGE TOML: refused with the message, by every command that reads it.
bad() {
    printf '%b' "$3" >"$config"
    for command in scan apply 'apply --dry-run'; do
        # shellcheck disable=SC2086
        expect_unchanged root "$command: $1" 1 '' "grub-gen: $config: $2" \
            "$grub_gen" $command --sysroot root
    done
}
bad 'no TOML' 'line 1, column 12: cannot read this array: encountered end-of-file' 'static = [\n'
bad 'a value of another type' \
    'line 2, column 11: `static` takes strings only, such as ["0000:01:00.0"]' \
    'host_only = ["0000:0c:00.0"]\nstatic = [1]\n'
bad 'an unknown key' 'line 1, column 1: unknown key `host_onli`; did you mean `host_only`?' \
    'host_onli = []\n'
bad 'a device that is not there' \
    'line 2, column 14: no function matches `0000:99:00.0`; `grub-gen scan` lists them' \
    '# keep this one\nhost_only = ["0000:99:00.0"]\n'
bad 'a GPU as a static device' \
    'line 1, column 11: 0000:0c:00.0 is a GPU, and GPUs are chosen by the profiles; take it out of `static`' \
    'static = ["0000:0c:00.0"]\n'

# What the boot needs to know goes into the table, what vfio-pci needs into the entries' arguments.
cat >"$config" <<'END'
framebuffer = "keep"
deadline = 20
[profile.keep-amd-67df]
framebuffer = "release"
disable_idle_d3 = true
disable_vga = true
d3cold_allowed = false
arguments = ["nosmt"]
END
"$grub_gen" apply --sysroot root 2>/dev/null
same_text 'the options of the boot' 'profile keep-amd-73bf ok
framebuffer keep
profile keep-amd-67df ok
argument vfio-pci.disable_idle_d3=1
argument vfio-pci.disable_vga=1
argument nosmt
d3cold_allowed 0
profile pass-all ok
framebuffer keep
deadline 20' "$(grep -vE '^(early-bind-table|gpu|function|keep|pass|guarded|revision) ' "$table")"
: >"$config"
"$grub_gen" apply --sysroot root 2>/dev/null

# A profile counts as booted while the table is the one that it was booted with.
revision=$(sed -n 's/^revision //p' "$table")
booted() {
    "$grub_gen" scan --json --sysroot root 2>/dev/null | grep -c '"booted": true'
}
check 'nothing has booted yet' [ "$(booted)" = 0 ]
echo "pass-all $revision" >root/var/lib/early-bind/booted
check 'a profile that came to the end' [ "$(booted)" = 1 ]
check 'a profile that came to the end, in words' [ \
    "$("$grub_gen" scan --sysroot root 2>/dev/null | grep -c '^    booted     to the end$')" = 1 ]
echo 'pass-all 00000000' >root/var/lib/early-bind/booted
check 'another table' [ "$(booted)" = 0 ]

for selector in 0000:0c:00.1 0c:00.0 1002:67df 'RX 480' rx pci0000:00/03.2/00.0; do
    case $selector in
    rx) expect_unchanged root "keep $selector" 1 '' \
        'grub-gen: several GPUs fit `rx`, name one by its address: 0000:0b:00.0 (AMD Radeon RX 6800/6800 XT / 6900 XT) and 0000:0c:00.0 (AMD Radeon RX 470/480/570/570X/580/580X/590)' \
        "$grub_gen" keep "$selector" --sysroot root ;;
    *) expect_unchanged root "keep $selector" 0 'early-bind.keep=pci0000:00/03.2/00.0' '' \
        "$grub_gen" keep "$selector" --sysroot root ;;
    esac
done
expect_unchanged root 'keep of no GPU' 1 '' \
    'grub-gen: no GPU fits `geforce`; the GPUs are 0000:0b:00.0 (AMD Radeon RX 6800/6800 XT / 6900 XT) and 0000:0c:00.0 (AMD Radeon RX 470/480/570/570X/580/580X/590)' \
    "$grub_gen" keep geforce --sysroot root

printf 'host_only = ["0000:0c:00.0"]\n' >"$config"
"$grub_gen" apply --sysroot root 2>/dev/null
check 'host_only counts' [ "$(grep -c '^profile ' "$table")" -eq 1 ]

expect 'uninstall' 0 '' "grub-gen: removed $table
$no_tools
grub-gen: $config is yours and stays" "$grub_gen" uninstall --sysroot root
rm -r root/etc
check 'uninstall leaves no trace' [ "$(tree root/sys; cd root && find . | sort)" = "$untouched" ]
expect_unchanged root 'uninstall again' 0 '' "$nothing" "$grub_gen" uninstall --sysroot root
finish
