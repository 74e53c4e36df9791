#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen record, and what --sysroot does with its file.
# usage: grub_gen_record.sh GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")

# A machine with everything that a recording can hold, as `grub-gen record` writes it but for the
# labels.
cat >my.machine <<'END'
{
 "schema": 1,
 "source": "grub-gen record",
 "kernel": "6.1.0-9-amd64",
 "cmdline": "quiet intel_iommu=on",
 "firmware": ["DMAR"],
 "iommu": "intel",
 "root_bus_parent": {"10000:e0":"0000:00:0e.0"},
 "missing_bridges": {"0000:00:01.0":null},
 "virtual_groups": {"7":{"name":"member-7","parent":"0000:01:00.0"},"8":{"name":"member-8","parent":null}},
 "framebuffers": [{"name":"efi-framebuffer.0","driver":"efi-framebuffer","owner":"0000:01:00.0"},{"name":"simple-framebuffer.1","driver":"simple-framebuffer","owner":null}],
 "carriers": {"0000:00:0e.0":["/","/boot/efi","swap"],"10000:e0:06.0":["/","/boot/efi","swap"]},
 "memory": {"total_kib":65733456,"nodes":[{"node":0,"total_kib":32866728,"cpus":"0-1,4-5"},{"node":1,"total_kib":32866728,"cpus":"2-3,6-7"}]},
 "cpus": {"possible":"0-7","online":"0-6","threads":["0,4","1,5","2,6","3"],"flags":["pse","pdpe1gb","vmx"],"vendor":"GenuineIntel"},
 "devices": [
  {"slot":"0000:00:0e.0","class":"0x010400","vendor":"0x8086","device":"0x467f","subsystem_vendor":"0x0000","subsystem_device":"0x0000","revision":"0x02","driver":"vmd","iommu_group":1,"boot_vga":null,"parent":null,"label":""},
  {"slot":"0000:01:00.0","class":"0x030000","vendor":"0x10de","device":"0x1e07","subsystem_vendor":"0x1462","subsystem_device":"0x3710","revision":"0xa1","driver":"nouveau","iommu_group":2,"boot_vga":1,"boot_display":1,"parent":"0000:00:01.0","numa_node":1,"connectors":{"DP-1":"connected","HDMI-A-1":"disconnected"},"label":""},
  {"slot":"0000:01:00.4","class":"0x030200","vendor":"0x10de","device":"0x1e07","subsystem_vendor":"0x1462","subsystem_device":"0x3710","revision":"0xa1","driver":null,"iommu_group":3,"boot_vga":null,"parent":"0000:00:01.0","physfn":"0000:01:00.0","label":""},
  {"slot":"10000:e0:06.0","class":"0x010802","vendor":"0x144d","device":"0xa80a","subsystem_vendor":"0x144d","subsystem_device":"0xa801","revision":"0x00","driver":"nvme","iommu_group":1,"boot_vga":null,"parent":null,"label":""}
 ]
}
END
# The labels depend on the database of names of the machine that the test runs on.
unlabelled() {
    sed 's/"label":"[^"]*"/"label":""/'
}
recorded() {
    "$grub_gen" record --sysroot "$1" 2>&1 | unlabelled
}
same_text 'a recording of a recording' "$(cat my.machine)" "$(recorded my.machine)" &&
    echo 'ok: a recording of a recording'
"$machines/mksysfs" my.machine laid-out >/dev/null || exit 1
same_text 'mksysfs takes it' "$(cat my.machine)" "$(recorded laid-out)" && echo 'ok: mksysfs takes it'

"$grub_gen" scan --json --sysroot laid-out >one.json 2>/dev/null
"$grub_gen" scan --json --sysroot my.machine >other.json 2>/dev/null
check 'the same scan' cmp one.json other.json
check 'a scan that shows something' grep -q '"address": "0000:01:00.0"' other.json
expect 'keep' 0 'early-bind.keep=pci0000:00/01.0/00.0' '' \
    "$grub_gen" keep 10de:1e07 --sysroot my.machine
expect 'apply --dry-run' 0 '--- my.machine/var/lib/early-bind/boot-table
+++ my.machine/var/lib/early-bind/boot-table (after grub-gen apply)' 'grub-gen: dry run: nothing was changed' \
    sh -c "'$grub_gen' apply --dry-run --sysroot my.machine >diff.txt; status=\$?
        head -n 2 diff.txt; exit \$status"

before=$(cksum <my.machine)
for command in apply uninstall; do
    expect "$command" 1 '' \
        'grub-gen: my.machine is a recording of a machine: nothing can be written to it' \
        "$grub_gen" $command --sysroot my.machine
done
check 'the recording is as it was' [ "$(cksum <my.machine)" = "$before" ]

# no_recording WHAT MESSAGE TEXT: every command that reads it says so.
no_recording() {
    printf '%b' "$3" >file
    for command in scan record 'apply --dry-run' 'keep x'; do
        # shellcheck disable=SC2086
        expect "$command: $1" 1 '' \
            "grub-gen: file is no recording of a machine ($2); \`grub-gen record\` makes one" \
            "$grub_gen" $command --sysroot file
    done
}
no_recording 'an empty file' 'line 1, column 1 is not JSON' ''
no_recording 'other text' 'line 2, column 3 is not JSON' '{\n  devices: []}'
no_recording 'half a recording' 'line 2, column 1 is not JSON' '{"devices": [\n'
no_recording 'other JSON' 'it has no list `devices`' '{}'
no_recording 'a wrong value' 'devices[0].slot is no PCI address' \
    '{"iommu": "none", "devices": [{"slot": "../x"}]}'
no_recording 'a name that is a path' 'devices[0].driver is no plain name' \
    '{"iommu": "none", "devices": [{"slot": "0000:00:00.0", "driver": "../../../x"}]}'

# What tells whose machine it is stays out, wherever it stands.
gpu=laid-out/sys/bus/pci/devices/0000:01:00.0
mkdir -p laid-out/etc laid-out/proc/sys/kernel laid-out/sys/class/dmi/id "$gpu/net/eth0"
for file in etc/hostname etc/machine-id proc/sys/kernel/hostname sys/class/dmi/id/product_serial; do
    echo snowflake >"laid-out/$file"
done
echo snowflake >"$gpu/serial_number"
echo 5e:ed:00:00:00:01 >"$gpu/net/eth0/address"
chmod u+w laid-out/proc/cmdline
echo 'BOOT_IMAGE=/vmlinuz root=UUID=5e-ed quiet ip=::::snowflake intel_iommu=on' \
    >laid-out/proc/cmdline
same_text 'nothing that tells whose machine it is' "$(cat my.machine)" "$(recorded laid-out)" &&
    echo 'ok: nothing that tells whose machine it is'

mkdir scratch
expect 'no place for the replay' 1 '' \
    'grub-gen: cannot make a directory in gone: No such file or directory' \
    env TMPDIR=gone "$grub_gen" scan --sysroot my.machine
TMPDIR=scratch "$grub_gen" scan --sysroot my.machine >out.txt 2>&1
TMPDIR=scratch "$grub_gen" scan --sysroot file >out.txt 2>&1
check 'nothing stays behind' [ -z "$(ls -A scratch)" ]
finish
