#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind display: what it writes for each layout of machines with several cards, and that it goes again.
# usage: host_display.sh EARLY_BIND_HOST GRUB_GEN
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
early_bind=$(absolute "$1")
grub_gen=$(absolute "$2")

# machine NAME DIR [MKSYSFS-OPTION...]: a root with the machine.
machine() {
    machine_name=$1 machine_dir=$2
    shift 2
    "$machines/mksysfs" "$machines/$machine_name.json" "$machine_dir" --force "$@" >/dev/null || exit 1
    mkdir -p "$machine_dir/usr/share/misc" "$machine_dir/var/lib" "$machine_dir/run" "$machine_dir/proc/self"
    cp "$machines/pci.ids" "$machine_dir/usr/share/misc/pci.ids"
    echo '1 0 0:2 / / rw - tmpfs tmpfs rw' >"$machine_dir/proc/self/mountinfo"
}

# nodes DIR SLOT NODE...: DRM nodes of a function, CARD and CARD-CONNECTOR (with a monitor) among them.
nodes() {
    nodes_path=$(readlink "$1/sys/bus/pci/devices/$2") nodes_drm=$1/sys/class/drm
    shift 2
    mkdir -p "$nodes_drm"
    for node; do
        directory=../../${nodes_path#../../../}/drm/$node
        mkdir -p "$nodes_drm/$directory"
        ln -s "$directory" "$nodes_drm/$node"
        case $node in
        *-*) echo connected >"$nodes_drm/$node/status" ;;
        esac
    done
}

# boots DIR PROFILE: the kernel command line of the boot.
boots() {
    rm -f "$1/proc/cmdline"
    echo "quiet early-bind.profile=$2" >"$1/proc/cmdline"
}

# Three cards of one maker, two of them alike: bus numbers above 9, and a profile that keeps two of them.
# bind BUS...: these are with vfio-pci in this boot.
bind() {
    rm -rf root/sys
    bind_options=
    for bus in 41 42 61; do
        case " $* " in
        *" $bus "*) driver=vfio-pci ;;
        *) driver=nvidia ;;
        esac
        bind_options="$bind_options --driver 0000:$bus:00.0=$driver"
    done
    # shellcheck disable=SC2086 # options
    machine trx40-2xrtxa6000-quadrok420 root $bind_options
}

bind
mkdir -p root/etc/early-bind
printf '[profile.one]\npass = ["42:00.0"]\n' >root/etc/early-bind/early-bind.toml
"$grub_gen" apply --sysroot root 2>/dev/null || fail 'apply'

expect_unchanged root 'no GPU is passed' 0 '0000:41:00.0  NVIDIA Quadro K420
    driver nvidia
0000:42:00.0  NVIDIA RTX A6000
    driver nvidia
0000:61:00.0  NVIDIA RTX A6000
    driver nvidia

No GPU is passed: the desktop finds by itself what it needs.' '' "$early_bind" display --sysroot root
expect_unchanged root 'no GPU is passed: nothing is written' 0 'nothing to do' '' \
    "$early_bind" display --run --sysroot root

# Layout A: the second of two equal cards is kept.
bind 41 42
nodes root 0000:61:00.0 card1 renderD129 card1-DP-1 card1-DP-2
boots root keep-nvidia-2230-60-03.1-00.0
xorg='# Of this boot, by early-bind display.

Section "ServerFlags"
    # A card that a virtual machine gives back stays free.
    Option "AutoAddGPU" "false"
EndSection

# NVIDIA RTX A6000
Section "Device"
    Identifier "early-bind"
    BusID "PCI:97@0:0:0"
EndSection'
rule='# Of this boot, by early-bind display.
ACTION!="remove", SUBSYSTEM=="drm", ENV{DEVTYPE}=="drm_minor", KERNEL=="card[0-9]*", KERNELS=="0000:61:00.0", TAG+="mutter-device-preferred-primary"'
environment='# Of this boot, by early-bind display.
KWIN_DRM_DEVICES=/dev/dri/card1
WLR_DRM_DEVICES=/run/early-bind/dri/primary-card
AQ_DRM_DEVICES=/run/early-bind/dri/primary-card
COSMIC_RENDER_DEVICE=renderD129'
expect_unchanged root 'layout A, dry' 0 "0000:41:00.0  NVIDIA Quadro K420
    passed to virtual machines (vfio-pci)
0000:42:00.0  NVIDIA RTX A6000
    passed to virtual machines (vfio-pci)
0000:61:00.0  NVIDIA RTX A6000
    driver nvidia, card1, monitor on DP-1 and DP-2
    the desktop's: the layout of this boot keeps it

root/run/early-bind/xorg.conf (to be written)
$(echo "$xorg" | sed 's/^./    &/')
root/run/udev/rules.d/61-early-bind.rules (to be written)
$(echo "$rule" | sed 's/^./    &/')
root/run/environment.d/10-early-bind.conf (to be written)
$(echo "$environment" | sed 's/^./    &/')
root/run/early-bind/dri/primary-card -> /dev/dri/by-path/pci-0000:61:00.0-card (to be written)
root/run/early-bind/dri/primary-render -> /dev/dri/by-path/pci-0000:61:00.0-render (to be written)" '' \
    "$early_bind" display --sysroot root
before=$(cd root && find . | sort)
written='wrote root/run/early-bind/xorg.conf
wrote root/run/udev/rules.d/61-early-bind.rules
wrote root/run/environment.d/10-early-bind.conf
wrote root/run/early-bind/dri/primary-card
wrote root/run/early-bind/dri/primary-render'
expect 'layout A' 0 "$written" '' "$early_bind" display --run --sysroot root
same_text 'layout A: Xorg' "$xorg" "$(cat root/run/early-bind/xorg.conf)"
same_text 'layout A: mutter' "$rule" "$(cat root/run/udev/rules.d/61-early-bind.rules)"
same_text 'layout A: compositors' "$environment" "$(cat root/run/environment.d/10-early-bind.conf)"
same_text 'layout A: the link' '/dev/dri/by-path/pci-0000:61:00.0-card' \
    "$(readlink root/run/early-bind/dri/primary-card)"
# What a shell makes of the file of the environment.
same_text 'layout A: a shell' '/dev/dri/card1' \
    "$(. root/run/environment.d/10-early-bind.conf && echo "$KWIN_DRM_DEVICES")"
expect_unchanged root 'layout A, again' 0 'nothing to do' '' "$early_bind" display --run --sysroot root
"$early_bind" display --sysroot root | grep -c '(is so)' >count.txt
same_text 'layout A: all is so' 5 "$(cat count.txt)"

# The link of the package.
mkdir -p root/usr/share/X11/xorg.conf.d
ln -s /run/early-bind/xorg.conf root/usr/share/X11/xorg.conf.d/20-early-bind.conf
"$grub_gen" doctor --sysroot root >doctor.txt 2>&1
check 'the doctor takes ours for no pin' grep -q 'no X server is pinned' doctor.txt
rm -r root/usr/share/X11

# Layout B: the other way round, no file edited in between.
bind 42 61
nodes root 0000:41:00.0 card0 renderD128
boots root keep-nvidia-0ff3
expect 'layout B' 0 "$written" '' "$early_bind" display --run --sysroot root
same_text 'layout B: Xorg' '# Of this boot, by early-bind display.

Section "ServerFlags"
    # A card that a virtual machine gives back stays free.
    Option "AutoAddGPU" "false"
EndSection

# NVIDIA Quadro K420
Section "Device"
    Identifier "early-bind"
    BusID "PCI:65@0:0:0"
EndSection' "$(cat root/run/early-bind/xorg.conf)"
same_text 'layout B: mutter' '# Of this boot, by early-bind display.
ACTION!="remove", SUBSYSTEM=="drm", ENV{DEVTYPE}=="drm_minor", KERNEL=="card[0-9]*", KERNELS=="0000:41:00.0", TAG+="mutter-device-preferred-primary"' \
    "$(cat root/run/udev/rules.d/61-early-bind.rules)"
same_text 'layout B: compositors' '# Of this boot, by early-bind display.
KWIN_DRM_DEVICES=/dev/dri/card0
WLR_DRM_DEVICES=/run/early-bind/dri/primary-card
AQ_DRM_DEVICES=/run/early-bind/dri/primary-card
COSMIC_RENDER_DEVICE=renderD128' "$(cat root/run/environment.d/10-early-bind.conf)"

# Two cards are left: the one with the monitor is the desktop's, and Xorg may use both.
bind 42
nodes root 0000:41:00.0 card0 renderD128
nodes root 0000:61:00.0 card1 renderD129 card1-HDMI-A-1
boots root one
expect 'two cards left' 0 'wrote root/run/early-bind/xorg.conf
wrote root/run/udev/rules.d/61-early-bind.rules
wrote root/run/environment.d/10-early-bind.conf
wrote root/run/early-bind/dri/primary-card
wrote root/run/early-bind/dri/0000_41_00.0-card
wrote root/run/early-bind/dri/primary-render' '' "$early_bind" display --run --sysroot root
same_text 'two cards left: Xorg' '# Of this boot, by early-bind display.

# NVIDIA RTX A6000
Section "Device"
    Identifier "early-bind"
    BusID "PCI:97@0:0:0"
EndSection' "$(cat root/run/early-bind/xorg.conf)"
same_text 'two cards left: compositors' '# Of this boot, by early-bind display.
KWIN_DRM_DEVICES=/dev/dri/card1:/dev/dri/card0
WLR_DRM_DEVICES=/run/early-bind/dri/primary-card:/run/early-bind/dri/0000_41_00.0-card
AQ_DRM_DEVICES=/run/early-bind/dri/primary-card:/run/early-bind/dri/0000_41_00.0-card
COSMIC_RENDER_DEVICE=renderD129' "$(cat root/run/environment.d/10-early-bind.conf)"
# asked_for TEXT: whose the desktop is with this kernel command line.
asked_for() {
    echo "$1" >root/proc/cmdline
    "$early_bind" display --json --sysroot root | python3 -c '
import json, sys
primary = json.load(sys.stdin)["primary"]
print(primary["address"] + ": " + primary["why"])'
}
same_text 'early-bind.keep=' '0000:41:00.0: the layout of this boot keeps it' \
    "$(asked_for 'early-bind.keep=41:00.0')"
same_text 'early-bind.off' '0000:61:00.0: a monitor is connected to it' \
    "$(asked_for 'early-bind.off early-bind.keep=41:00.0')"
same_text 'a profile that nobody knows' '0000:61:00.0: a monitor is connected to it' \
    "$(asked_for 'early-bind.profile=gone')"
mv root/var/lib/early-bind/boot-table table
same_text 'no boot table' '0000:61:00.0: a monitor is connected to it' "$(asked_for 'early-bind.profile=one')"
mv table root/var/lib/early-bind/boot-table

# A boot without us, or with no card left, takes older files away.
bind 41 42 61
expect 'all are passed' 0 'removed root/run/early-bind/xorg.conf
removed root/run/udev/rules.d/61-early-bind.rules
removed root/run/environment.d/10-early-bind.conf
removed root/run/early-bind/dri/0000_41_00.0-card
removed root/run/early-bind/dri/primary-card
removed root/run/early-bind/dri/primary-render
removed root/run/early-bind/dri' '' "$early_bind" display --run --sysroot root
"$early_bind" display --sysroot root | tail -n 1 >last.txt
same_text 'all are passed, in words' 'Every GPU is passed: there is nothing to tell a desktop.' "$(cat last.txt)"
bind 41 42
"$early_bind" display --run --sysroot root >/dev/null || fail 'once more'
expect '--remove' 0 'removed root/run/early-bind/xorg.conf
removed root/run/udev/rules.d/61-early-bind.rules
removed root/run/environment.d/10-early-bind.conf
removed root/run/early-bind/dri/primary-card
removed root/run/early-bind/dri/primary-render
removed root/run/early-bind/dri' '' "$early_bind" display --remove --sysroot root
expect_unchanged root '--remove, again' 0 'nothing to do' '' "$early_bind" display --remove --sysroot root
check 'no file is left' [ -z "$(find root/run ! -type d)" ]
"$early_bind" display --run --sysroot root >/dev/null || fail 'before uninstall'
"$grub_gen" uninstall --sysroot root >/dev/null 2>err.txt || fail 'uninstall'
check 'uninstall tells of it' grep -q '^grub-gen: removed root/run/early-bind/xorg.conf$' err.txt
check 'uninstall leaves no file of ours' [ -z "$(find root/run ! -type d)" ]
check 'nothing was written anywhere else' \
    [ "$(cd root && find . ! -path './run*' ! -path './sys*' ! -path './var*' | sort)" = \
    "$(echo "$before" | grep -v -e '^./run' -e '^./sys' -e '^./var')" ]

# Cards in domains of their own; no pci.ids, and nothing that boots in the root.
machine hwloc-power8-4xp100-domains power8 --driver 0002:01:00.0=nouveau --driver 0003:01:00.0=vfio-pci \
    --driver 000a:01:00.0=vfio-pci --driver 000b:01:00.0=vfio-pci
"$early_bind" display --run --sysroot power8 >/dev/null || fail 'domains'
same_text 'domains' '    BusID "PCI:1@2:0:0"' "$(grep BusID power8/run/early-bind/xorg.conf)"

# The machine of a bug report.
machine am5-b650e-7900xt-raphael raphael --driver 0000:0f:00.0=amdgpu --driver 0000:03:00.0=vfio-pci
"$grub_gen" record --sysroot raphael >raphael.machine 2>/dev/null || fail 'record'
expect 'a recording' 0 "0000:03:00.0  AMD Radeon RX 7900 XT/7900 XTX
    passed to virtual machines (vfio-pci)
0000:0f:00.0  AMD Raphael
    driver amdgpu
    the desktop's: it is the only one" '' sh -c "'$early_bind' display --sysroot raphael.machine | sed '/^\$/,\$d'"
expect 'a recording is not written to' 1 '' \
    'early-bind: raphael.machine is a recording of a machine: nothing can be written to it' \
    "$early_bind" display --run --sysroot raphael.machine

mkdir empty
expect_unchanged empty 'no machine' 1 '' \
    'early-bind: cannot list empty/sys/bus/pci/devices: No such file or directory: no PCI devices there; is empty/ the root of a Linux system with /sys mounted?' \
    "$early_bind" display --sysroot empty
expect '--run and --remove' 2 '' 'early-bind: --run excludes --remove; see early-bind --help' \
    "$early_bind" display --run --remove --sysroot root
finish
