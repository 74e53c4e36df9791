#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind inputs from outside: the list, the forms for libvirt and QEMU held against libvirt's
# schema and QEMU itself where they are installed, and input that is wrong.
# usage: host_inputs.sh EARLY_BIND_HOST
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
host=$(absolute "$1")

lay_out root

# add_input NODE NAME KIND DEVICE-PATH
add_input() {
    add_folder=root/sys/devices/$4/input/$1
    mkdir -p "$add_folder/device/capabilities" root/sys/class/input
    ln -s "../../devices/$4/input/$1" "root/sys/class/input/$1"
    echo "$2" >"$add_folder/device/name"
    case $3 in
        keyboard) set -- 120013 fffffffffffffffe 0 ;;
        mouse) set -- 17 'ff0000 0 0 0 0' 903 ;;
        button) set -- 3 '10000000000000 0' 0 ;;
    esac
    echo "$1" >"$add_folder/device/capabilities/ev"
    echo "$2" >"$add_folder/device/capabilities/key"
    echo "$3" >"$add_folder/device/capabilities/rel"
    echo 0 >"$add_folder/device/capabilities/abs"
}

add_input event0 'Power Button' button LNXSYSTM:00
add_input event1 'Dell Keyboard' keyboard pci0000:00/0000:00:08.1/0000:0d:00.3/usb1/1-1
add_input event2 'Cheap Mouse' mouse pci0000:00/0000:0b:00.2/usb3/3-1
mkdir -p root/dev/input/by-id
ln -s ../event1 root/dev/input/by-id/usb-Dell_Keyboard-event-kbd

keyboard='keyboard  Dell Keyboard
    /dev/input/by-id/usb-Dell_Keyboard-event-kbd
    event1, behind 0000:0d:00.3'
expect_unchanged root 'the list' 0 "$keyboard
mouse     Cheap Mouse
    /dev/input/event2  (may be another one after a boot)
    event2, behind 0000:0b:00.2
    goes to a VM with its controller in keep-amd-67df and pass-all" '' \
    "$host" inputs --sysroot root
expect_unchanged root 'some of the list' 0 "$keyboard" '' "$host" inputs dell --sysroot root
expect_unchanged root 'one that is not there' 1 '' \
    'early-bind: no keyboard or mouse fits `trackball`; `early-bind inputs` lists them' \
    "$host" inputs --qemu dell trackball --sysroot root
expect_unchanged root 'a toggle that there is not' 2 '' \
    'early-bind: there is no toggle `caps`; it is one of ctrl-ctrl, alt-alt, shift-shift, meta-meta, scrolllock and ctrl-scrolllock' \
    "$host" inputs --qemu --toggle caps --sysroot root
expect 'two forms at once' 2 '' 'early-bind: --libvirt excludes --qemu; see early-bind --help' \
    "$host" inputs --qemu --libvirt --sysroot root
mkdir -p none/sys
expect_unchanged none 'nothing to hand on' 1 '' \
    'early-bind: there is no keyboard and no mouse here to hand to a VM' \
    "$host" inputs --libvirt --sysroot none

unstable='early-bind: warning: /dev/input/event2 (Cheap Mouse) may be another device after a boot: udev has no link of its own for it'
virtio='early-bind: add -device virtio-keyboard-pci -device virtio-mouse-pci for a guest that has their drivers (Windows: vioinput); else it sees PS/2'
expect_unchanged root 'for QEMU' 0 '-object input-linux,id=kbd1,evdev=/dev/input/by-id/usb-Dell_Keyboard-event-kbd,grab_all=on,repeat=on
-object input-linux,id=mouse1,evdev=/dev/input/event2' "$unstable
$virtio" "$host" inputs --qemu --sysroot root
expect_unchanged root 'for libvirt' 0 "<input type='evdev'>
  <source dev='/dev/input/by-id/usb-Dell_Keyboard-event-kbd' grab='all' grabToggle='scrolllock' repeat='on'/>
</input>" "early-bind: these go into <devices>; with <input type='keyboard' bus='virtio'/> and <input type='mouse' bus='virtio'/> beside them the guest needs no PS/2 (Windows: with the driver vioinput)" \
    "$host" inputs --libvirt dell --toggle scrolllock --sysroot root
how='early-bind: this takes the place of cgroup_device_acl in /etc/libvirt/qemu.conf, and libvirt needs a restart; only for input-linux in <qemu:commandline>: <input type='"'evdev'"'> needs none of it'
expect_unchanged root 'for the cgroup' 0 'cgroup_device_acl = [
    "/dev/null",
    "/dev/full",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/ptmx",
    "/dev/kvm",
    "/dev/input/by-id/usb-Dell_Keyboard-event-kbd"
]' "$how" "$host" inputs --cgroup dell --sysroot root
mkdir -p root/etc/libvirt
echo '#cgroup_device_acl = [
#    "/dev/null", "/dev/userfaultfd"
#]' >root/etc/libvirt/qemu.conf
expect_unchanged root "for the cgroup, with libvirt's own list" 0 'cgroup_device_acl = [
    "/dev/null",
    "/dev/userfaultfd",
    "/dev/input/by-id/usb-Dell_Keyboard-event-kbd"
]' "$how" "$host" inputs --cgroup dell --sysroot root

# What reads it takes every toggle.
schema=/usr/share/libvirt/schemas/domain.rng
for toggle in ctrl-ctrl alt-alt shift-shift meta-meta scrolllock ctrl-scrolllock; do
    if command -v xmllint >/dev/null && [ -f "$schema" ]; then
        {
            echo "<domain type='qemu'><name>a</name><memory>1</memory><os><type>hvm</type></os><devices>"
            "$host" inputs --libvirt --toggle "$toggle" --sysroot root 2>/dev/null
            echo '</devices></domain>'
        } >domain.xml
        check "libvirt's schema takes $toggle" xmllint --noout --relaxng "$schema" domain.xml
    fi
    if command -v qemu-system-x86_64 >/dev/null; then
        "$host" inputs --qemu dell --toggle "$toggle" --sysroot root 2>/dev/null |
            sed 's,evdev=[^ ]*-kbd,evdev=/dev/null,' >arguments.txt
        # shellcheck disable=SC2046 # words
        qemu-system-x86_64 -machine none -display none $(cat arguments.txt) >out.txt 2>err.txt
        check "QEMU takes $toggle, and only misses the device" \
            grep -q '/dev/null: is not an evdev device' err.txt
    fi
done

"$host" inputs --json --sysroot root >inputs.json
check '--json: reads as JSON' python3 - inputs.json <<'PY'
import json, sys
inputs = json.load(open(sys.argv[1]))["inputs"]
assert [i["node"] for i in inputs] == ["event1", "event2"]
assert inputs[1]["passed_by"] == ["keep-amd-67df", "pass-all"] and not inputs[1]["stable"]
PY

finish
