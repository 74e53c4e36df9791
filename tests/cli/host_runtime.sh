#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind bind, release and switch: what they would do on a machine below --sysroot, and what they refuse.
# usage: host_runtime.sh EARLY_BIND_HOST GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
host=$(absolute "$1")
grub_gen=$(absolute "$2")

# Booted with the profile that keeps the RX 480: the RX 6800's four functions are on vfio-pci.
lay_out root --cmdline 'quiet early-bind.profile=keep-amd-67df' \
    --driver 0000:0b:00.0=vfio-pci --driver 0000:0b:00.1=vfio-pci --driver 0000:0b:00.2=vfio-pci \
    --driver 0000:0b:00.3=vfio-pci --driver 0000:0c:00.0=amdgpu --driver 0000:0c:00.1=snd_hda_intel \
    --driver 0000:05:00.0=igb

expect_unchanged root 'switch without a boot table' 1 '' \
    'early-bind: there is no boot table root/var/lib/early-bind/boot-table; run `grub-gen apply` in the running system' \
    "$host" switch keep-amd-73bf --sysroot root
"$grub_gen" apply --sysroot root 2>/dev/null || fail 'apply'

nothing='nothing was changed: --run does it'
network='0000:05:00.0  igb -> vfio-pci  Ethernet controller: Intel Corporation I211 Gigabit Network Connection [8086:1539]'
expect_unchanged root 'bind: a device' 0 "$network
  load the module vfio-pci
  0000:05:00.0: set driver_override to vfio-pci
  0000:05:00.0: unbind from igb
  0000:05:00.0: bind to vfio-pci
  0000:05:00.0: check that vfio-pci holds it
$nothing" '' "$host" bind 05:00.0 --sysroot root
expect_unchanged root 'bind: what is there' 0 'nothing to do' '' "$host" bind gpu:6800 --sysroot root
expect_unchanged root 'bind: the last GPU' 1 'last-gpu: the host would be left without a GPU: 0000:0c:00.0 is its last
    next: add --headless if the host shall be left without a display
refused: nothing would be changed' '' "$host" bind gpu:480 --sysroot root
expect_unchanged root 'bind: half a group' 1 'foreign-in-closure: 0000:06:00.0 and 0000:06:00.3 are in the IOMMU group of a passed card and belong to none; group: ahead of the selector takes all of a group
    next: move the card to another slot, so that its IOMMU group is its own
refused: nothing would be changed' '' "$host" bind 06:00.1 --sysroot root
"$host" bind group:06:00.1 --sysroot root >out.txt 2>err.txt
check 'bind: a whole group' [ "$(grep -c 'bind to vfio-pci$' out.txt)" = 3 ]

release='0000:0b:00.1: clear driver_override
  0000:0b:00.1: unbind from vfio-pci
  0000:0b:00.1: have its driver loaded and bound'
"$host" release 0b:00.1 --sysroot root >out.txt 2>err.txt
check 'release: a function stands for its card' [ "$(grep -c ': unbind from vfio-pci$' out.txt)" = 4 ]
check 'release: the steps' [ "$(grep -A 2 '0b:00.1: clear' out.txt)" = "  $release" ]
check 'release: it is dry' [ "$(tail -n 1 out.txt)" = "$nothing" ]
expect_unchanged root 'release: what the host has' 0 'not-passed: 0000:05:00.0 is not on vfio-pci
    next: nothing to do
nothing to do' '' "$host" release 05:00.0 --sysroot root

# The reverse layout: one card comes back, the other one goes.
"$host" switch keep-amd-73bf --sysroot root --json >switch.json || fail 'switch: exit status'
# read KEY EXPRESSION: what Python makes of the document `d`.
of() { python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"; }
check 'switch: what comes back' [ "$(of switch.json '[r["address"][5:] for r in d["release"]]')" = \
    "['0b:00.0', '0b:00.1', '0b:00.2', '0b:00.3']" ]
check 'switch: what goes' [ "$(of switch.json '[b[5:] for b in d["bind"]]')" = "['0c:00.0', '0c:00.1']" ]
check 'switch: nothing was carried out' [ "$(of switch.json 'd["outcome"], d["refused"]')" = '(None, False)' ]
expect_unchanged root 'switch: an unknown profile' 1 '' \
    'early-bind: the boot table has no profile nope; it has keep-amd-73bf, keep-amd-67df and pass-all; run `grub-gen apply` in the running system' \
    "$host" switch nope --sysroot root
expect_unchanged root 'switch: to the layout that is there' 0 'profile keep-amd-67df
nothing to do' '' "$host" switch keep-amd-67df --sysroot root

# Somebody uses the card.
mkdir -p root/proc/612/fd
echo Xorg >root/proc/612/comm
ln -s /dev/dri/card0 root/proc/612/fd/9
mkdir -p root/sys/bus/pci/devices/0000:0c:00.0/drm/card0
printf 'MAJOR=226\nDEVNAME=dri/card0\n' >root/sys/bus/pci/devices/0000:0c:00.0/drm/card0/uevent
in_use='in-use: Xorg (process 612) has /dev/dri/card0 of 0000:0c:00.0 open
    next: end what uses the device; where that is the desktop, --stop-display-manager does it
refused: nothing would be changed'
expect_unchanged root 'bind: a card in use' 1 "$in_use" '' "$host" bind 0c:00 --headless --sysroot root
expect_unchanged root 'switch: a card in use' 1 "profile keep-amd-73bf
$in_use" '' "$host" switch keep-amd-73bf --sysroot root
"$host" switch keep-amd-73bf --sysroot root --json >switch.json
check 'switch: refused as JSON' [ "$(of switch.json '[(u["process"], u["name"], u["what"]) for u in d["uses"]], d["actions"]')" = \
    "([(612, 'Xorg', '/dev/dri/card0')], [])" ]
"$host" switch keep-amd-73bf --stop-display-manager --sysroot root >out.txt 2>err.txt
check 'switch: what the display manager has to end' [ "$(cat err.txt)" = \
    'early-bind: with the display manager this has to end: Xorg (process 612) has /dev/dri/card0 of 0000:0c:00.0 open' ]

expect_unchanged root '--run elsewhere' 1 '' \
    'early-bind: --run works in the running system only, not below root/' "$host" bind 05:00.0 --run --sysroot root
expect 'no selector' 2 '' 'early-bind: selectors is required; see early-bind --help' "$host" bind
expect_unchanged root 'a selector that fits nothing' 1 '' \
    'early-bind: no device has a name that fits `Voodoo`; `early-bind groups` lists what is there' \
    "$host" bind Voodoo --sysroot root
mkdir root/etc/early-bind
echo 'nope = 1' >root/etc/early-bind/early-bind.toml
expect_unchanged root 'a configuration that is wrong' 1 '' \
    'early-bind: root/etc/early-bind/early-bind.toml: line 1, column 1: unknown key `nope`' \
    "$host" bind 05:00.0 --sysroot root
finish
