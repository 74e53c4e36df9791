#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind groups and cpus from outside: whole text, JSON, selectors, and input that is wrong.
# usage: host_listing.sh EARLY_BIND_HOST
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
host=$(absolute "$1")

lay_out root
pci=root/sys/bus/pci/devices
echo 'flr bus' >"$pci/0000:0c:00.0/reset_method"
echo >"$pci/0000:0c:00.1/reset_method"
expect_unchanged root 'groups: one card' 0 'IOMMU: on, 36 groups

group 30
    0000:0c:00.0  VGA compatible controller: Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere [Radeon RX 470/48... [1002:67df]
        class 030000, no driver, reset flr bus; GPU AMD Radeon RX 470/480/570/570X/580/580X/590
    0000:0c:00.1  Audio device: Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere HDMI Audio [Radeon RX 470/480 ... [1002:aaf0]
        class 040300, no driver, no reset; goes with the GPU 0000:0c:00.0' '' \
    "$host" groups 'gpu:rx 480' --sysroot root
"$host" groups --sysroot root >all.txt 2>err.txt
check 'groups: exit status' [ $? -eq 0 ]
check 'groups: no messages' [ ! -s err.txt ]
# Every function of the machine is listed once, whatever group it is in.
(cd "$pci" && printf '%s\n' *) | sort >there.txt
sed -n 's/^    \(0[0-9a-f:.]*\)  .*/\1/p' all.txt | sort >listed.txt
check 'groups: every function once' cmp there.txt listed.txt

expect_unchanged root 'groups: no such device' 1 '' \
    'early-bind: no device of this machine is `1234:5678`; `early-bind groups` lists what is there' \
    "$host" groups 1234:5678 --sysroot root
expect_unchanged root 'groups: one of two is not there' 1 '' \
    'early-bind: no device has a name that fits `frobnicator`; `early-bind groups` lists what is there' \
    "$host" groups 0c:00.0 frobnicator --sysroot root

"$host" groups --json --sysroot root >groups.json
check 'groups --json: exit status' [ $? -eq 0 ]
check 'groups --json: reads as JSON and has all functions' python3 - groups.json there.txt <<'PY'
import json, sys
listing = json.load(open(sys.argv[1]))
assert listing["schema"] == 1 and listing["iommu"]["groups"] == 36
devices = [d for g in listing["groups"] for d in g["devices"]] + listing["ungrouped"]
assert sorted(d["address"] for d in devices) == sorted(open(sys.argv[2]).read().split())
card = next(d for d in devices if d["address"] == "0000:0c:00.0")
assert card["reset"] == ["flr", "bus"] and card["gpu"] == "0000:0c:00.0" and card["driver"] is None
PY

lay_out off --no-groups
expect_unchanged off 'groups: the IOMMU is off' 0 'IOMMU: off in this boot, so there are no groups and nothing can be given to a VM; `grub-gen doctor` says what turns it on

in no group
    0000:0c:00.1  Audio device: Advanced Micro Devices, Inc. [AMD/ATI] Ellesmere HDMI Audio [Radeon RX 470/480 ... [1002:aaf0]
        class 040300, no driver; goes with the GPU 0000:0c:00.0' '' \
    "$host" groups 1002:aaf0 --sysroot off

expect_unchanged root 'groups: a bridge, by its address' 0 'IOMMU: on, 36 groups

group 6
    0000:00:03.2  PCI bridge: Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge [1022:1483]
        class 060400, no driver; bridge' '' "$host" groups 00:03.2 --sysroot root

expect 'groups: a recording' 0 'IOMMU: on, 36 groups

group 28
    0000:0b:00.2  USB controller: Advanced Micro Devices, Inc. [AMD/ATI] Device 73a6 [1002:73a6]
        class 0c0330, no driver; goes with the GPU 0000:0b:00.0' "early-bind: warning: $machines/am4-x570-navi21-rx480.json/proc/self/mountinfo is not there, so no function is guarded for its file systems" \
    "$host" groups 0b:00.2 --sysroot "$machines/am4-x570-navi21-rx480.json"

mkdir empty
expect_unchanged empty 'groups: an empty root' 1 '' \
    'early-bind: cannot list empty/sys/bus/pci/devices: No such file or directory: no PCI devices there; is empty/ the root of a Linux system with /sys mounted?' \
    "$host" groups --sysroot empty
expect_unchanged empty 'cpus: an empty root' 1 '' \
    'early-bind: empty/sys/devices/system/cpu/online does not tell which CPUs there are' \
    "$host" cpus --sysroot empty
expect 'cpus: what it does not take' 2 '' \
    'early-bind: The following argument was not expected: 3; see early-bind --help' "$host" cpus 3

# Two cores with two threads each, and a third without; a profile that isolates one.
cpus=root/sys/devices/system/cpu
mkdir -p root/etc/early-bind
echo 0-4 >"$(mkdir -p "$cpus" && echo "$cpus")/online"
for pair in 0:0,2 1:1,3 2:0,2 3:1,3 4:4; do
    mkdir -p "$cpus/cpu${pair%%:*}/topology"
    echo "${pair#*:}" >"$cpus/cpu${pair%%:*}/topology/thread_siblings_list"
done
echo '[profile.keep-amd-73bf]
cpus = "1,3"' >root/etc/early-bind/early-bind.toml
table='5 CPUs online in 3 cores
isolated   not known
nohz_full  not known

    CPUs       package node L2        L3        isolated
    0,2        -       -    -         -'
expect_unchanged root 'cpus: with a profile' 0 "$table
    1,3        -       -    -         -         keep-amd-73bf
    4          -       -    -         -

The caches are not known.

keep-amd-73bf isolates 1,3, 2 CPUs" '' "$host" cpus --sysroot root
echo '[profile.keep-amd-73bf]
cpus = "1,33"' >root/etc/early-bind/early-bind.toml
"$host" cpus --sysroot root >out.txt 2>err.txt
check 'cpus: a configuration that is wrong is a warning' [ $? -eq 0 ]
check 'cpus: the warning names the file' \
    grep -q '^early-bind: warning: root/etc/early-bind/early-bind.toml: line 2, column 8: ' err.txt
check 'cpus: and the CPUs are listed' grep -q '^    1,3 ' out.txt
"$host" cpus --json --sysroot root >cpus.json 2>/dev/null
check 'cpus --json: reads as JSON' python3 - cpus.json <<'PY'
import json, sys
cpus = json.load(open(sys.argv[1]))
assert cpus["schema"] == 1 and cpus["online"] == [0, 1, 2, 3, 4] and cpus["isolated"] is None
assert [c["cpus"] for c in cpus["cores"]] == [[0, 2], [1, 3], [4]]
PY

finish
