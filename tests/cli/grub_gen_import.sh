#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen import: a machine with an old set-up of each kind is shown, taken over, put back.
# usage: grub_gen_import.sh GRUB_GEN
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")

# contents DIR: every name below DIR with its kind, mode, owner, link and sum.
contents() {
    (cd "$1" && find . -path ./sys -prune -o -printf '%p %y %m %U %G %l ' \
        -type f -exec cksum {} \; -o -printf '\n' | sort)
}

lay_out root
mkdir -p root/etc/early-bind
cp -r root plain
expect_unchanged plain 'a machine without' 0 'Earlier set-ups: none' \
    'grub-gen: there is nothing here that this command would change' \
    "$grub_gen" import --sysroot plain
expect_unchanged plain 'nothing to undo' 1 '' \
    'grub-gen: nothing was taken over here, so there is nothing to undo' \
    "$grub_gen" import --undo --sysroot plain
expect 'undo and apply' 2 '' 'grub-gen: --apply excludes --undo; see grub-gen --help' \
    "$grub_gen" import --undo --apply --sysroot plain

mkdir -p root/etc/default/grub.d root/etc/kernel root/etc/modprobe.d root/etc/modules-load.d \
    root/etc/initramfs-tools/scripts/init-top root/etc/initramfs-tools/hooks root/etc/dracut.conf.d \
    root/etc/driverctl.d root/etc/udev/rules.d root/etc/grub.d root/usr/local/sbin
cat >root/etc/default/grub <<'END'
# Mine.
GRUB_TIMEOUT=5
GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on vfio-pci.ids=1002:67df,1002:aaf0 splash"  # RX 480
GRUB_CMDLINE_LINUX=""
END
echo 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX rd.driver.pre=vfio-pci"' >root/etc/default/grub.d/vm.cfg
echo 'root=/dev/sda1 vfio-pci.disable_idle_d3=1 ro' >root/etc/kernel/cmdline
cat >root/etc/modprobe.d/vfio.conf <<'END'
options vfio-pci ids=1002:67df,1002:aaf0 \
    disable_vga=1
softdep amdgpu pre: vfio-pci
blacklist amdgpu
options kvm ignore_msrs=1
END
echo 'blacklist nouveau' >root/etc/modprobe.d/nvidia.conf
printf 'coretemp\nvfio_pci ids=1002:67df\n' >root/etc/initramfs-tools/modules
echo vfio >root/etc/modules
ln -s ../modules root/etc/modules-load.d/modules.conf
printf 'force_drivers+=" vfio vfio-pci "\nadd_drivers+=" ahci vfio-pci "\n' \
    >root/etc/dracut.conf.d/vfio.conf
echo vfio-pci >root/etc/driverctl.d/0000:05:00.0
echo 'KERNEL=="0000:06:00.1", ATTR{driver_override}="vfio-pci"' >root/etc/udev/rules.d/vfio.rules
printf '#!/bin/sh\necho vfio-pci >/sys/bus/pci/devices/0000:0c:00.0/driver_override\n' \
    >root/etc/initramfs-tools/scripts/init-top/vfio
printf '#!/bin/sh\necho vfio-pci >"$1/driver_override"\n' >root/usr/local/sbin/vfio-pci-override.sh
printf '#!/bin/sh\ncopy_exec /usr/local/sbin/vfio-pci-override.sh\n' \
    >root/etc/initramfs-tools/hooks/vfio
echo 'linux /vmlinuz vfio-pci.ids=1022:149c' >root/etc/grub.d/40_custom
echo 'quiet xen-pciback.hide=(0000:05:00.0)' >root/proc/cmdline
printf '# my cards\nframebuffer = "keep"  # no flicker\n' >root/etc/early-bind/early-bind.toml
chmod 600 root/etc/modprobe.d/vfio.conf
chmod 755 root/etc/initramfs-tools/*/vfio root/etc/initramfs-tools/scripts/init-top/vfio \
    root/usr/local/sbin/vfio-pci-override.sh root/etc/grub.d/40_custom
[ "$(id -u)" -ne 0 ] || chown 12:34 root/etc/modules root/usr/local/sbin/vfio-pci-override.sh
before=$(contents root)

word='the word is taken out of the line, whose old form stays as a comment'
both='binds every device with the ids 1002:67df and 1002:aaf0 to vfio-pci, here 0000:0c:00.0 and 0000:0c:00.1'
shown="Earlier set-ups: 18

root/etc/default/grub:3
    says       vfio-pci.ids=1002:67df,1002:aaf0
    does       $both
    then       $word

root/etc/default/grub.d/vm.cfg:1
    says       rd.driver.pre=vfio-pci
    does       loads vfio-pci before other drivers
    then       $word

root/etc/kernel/cmdline:1
    says       vfio-pci.disable_idle_d3=1
    does       sets an option of vfio-pci for every boot
    then       the word is taken out of the line

root/etc/modprobe.d/vfio.conf:1
    says       options vfio-pci ids=1002:67df,1002:aaf0     disable_vga=1
    does       $both
    then       the lines become comments

root/etc/modprobe.d/vfio.conf:3
    says       softdep amdgpu pre: vfio-pci
    does       loads vfio-pci before amdgpu, so that it takes its devices first
    then       the line becomes a comment

root/etc/modprobe.d/vfio.conf:4
    says       blacklist amdgpu
    does       keeps the driver amdgpu from loading, which the host may need for 0000:0b:00.0 and 0000:0c:00.0
    then       the line becomes a comment

root/etc/initramfs-tools/modules:2
    says       vfio_pci ids=1002:67df
    does       binds every device with the id 1002:67df to vfio-pci, here 0000:0c:00.0
    then       the line becomes a comment

root/etc/modules:1
    says       vfio
    does       loads vfio in every boot
    then       the line becomes a comment

root/etc/dracut.conf.d/vfio.conf:1
    says       vfio
    does       loads vfio in the initramfs before udev
    then       the line becomes a comment

root/etc/dracut.conf.d/vfio.conf:1
    says       vfio-pci
    does       loads vfio-pci in the initramfs before udev
    then       the line becomes a comment

root/etc/dracut.conf.d/vfio.conf:2
    says       vfio-pci
    does       puts vfio-pci into the initramfs
    then       $word

root/etc/driverctl.d/0000:05:00.0
    says       vfio-pci
    does       binds the device 0000:05:00.0 to vfio-pci
    then       the file is moved into the backup

root/etc/udev/rules.d/vfio.rules:1
    says       KERNEL==\"0000:06:00.1\", ATTR{driver_override}=\"vfio-pci\"
    does       binds devices to vfio-pci when they appear, here 0000:06:00.1
    then       the line becomes a comment

root/usr/local/sbin/vfio-pci-override.sh
    does       binds devices to vfio-pci by itself; which of this machine cannot be told from it
    then       the file is moved into the backup

root/etc/initramfs-tools/scripts/init-top/vfio
    does       binds devices to vfio-pci by itself, here 0000:0c:00.0
    then       the file is moved into the backup

root/etc/initramfs-tools/hooks/vfio
    does       puts vfio-pci-override.sh into the initramfs
    then       the file is moved into the backup

root/etc/grub.d/40_custom:1
    says       vfio-pci.ids=1022:149c
    does       binds every device with the id 1022:149c to vfio-pci, here 0000:06:00.1, 0000:06:00.3 and 0000:0e:00.3; it cannot tell equal devices apart
    then       stays; delete this entry by hand when a profile of ours serves in its place

root/proc/cmdline
    says       xen-pciback.hide=(0000:05:00.0)
    does       binds the device 0000:05:00.0 to xen-pciback
    then       stays; no file that is looked at has it: take it out where it was typed or where your boot loader is set up

In the words of early-bind:

    passes     0000:0c:00.0 (AMD Radeon RX 470/480/570/570X/580/580X/590)
    profile    keep-amd-73bf: Host keeps AMD Radeon RX 6800/6800 XT / 6900 XT; AMD Radeon RX 470/480/570/570X/580/580X/590 to VMs
    new        static \"pci0000:00/01.2/00.0/05.0/00.0\"  # Ethernet controller: Intel Corporation I211 Gigabit Network Connection
    new        static \"pci0000:00/01.2/00.0/08.0/00.1\"  # USB controller: Advanced Micro Devices, Inc. [AMD] Matisse USB 3.0 Host Controller
    new        disable_idle_d3 = true for keep-amd-73bf
    new        disable_vga = true for keep-amd-73bf
    note       0000:06:00.3 is bound by a menu entry only; put it into \`static\` if every boot shall pass it
    note       0000:0e:00.3 is bound by a menu entry only; put it into \`static\` if every boot shall pass it"
expect_unchanged root 'what is there' 0 "$shown" \
    'grub-gen: nothing was changed; `grub-gen import --apply` takes this over' \
    "$grub_gen" import --sysroot root
expect_unchanged root 'nobody to ask' 1 "$shown" \
    'grub-gen: nothing was changed: there is no terminal to ask at; `grub-gen import --yes` takes this over without a question' \
    "$grub_gen" import --apply --sysroot root </dev/null

# ask ANSWER: the command at a terminal; what it prints there from the question on.
# shellcheck disable=SC2317 # expect calls it
ask() {
    python3 - "$1" "$grub_gen" import --apply --sysroot root <<'END'
import os, pty, sys
answer, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
text = b""
while not text.endswith(b"[y/N] "):
    text += os.read(terminal, 4096)
os.write(terminal, answer.encode() + b"\n")
try:
    while piece := os.read(terminal, 4096):
        text += piece
except OSError:
    pass
print(text[text.index(b"Change these"):].decode().replace("\r", ""), end="")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
}
expect_unchanged root 'no is an answer' 0 'Change these files, with a backup? [y/N] no
grub-gen: nothing was changed' '' ask no
result='grub-gen: changed root/etc/default/grub
grub-gen: changed root/etc/default/grub.d/vm.cfg
grub-gen: changed root/etc/kernel/cmdline
grub-gen: changed root/etc/modprobe.d/vfio.conf
grub-gen: changed root/etc/initramfs-tools/modules
grub-gen: changed root/etc/modules
grub-gen: changed root/etc/dracut.conf.d/vfio.conf
grub-gen: moved root/etc/driverctl.d/0000:05:00.0 into the backup
grub-gen: changed root/etc/udev/rules.d/vfio.rules
grub-gen: moved root/usr/local/sbin/vfio-pci-override.sh into the backup
grub-gen: moved root/etc/initramfs-tools/scripts/init-top/vfio into the backup
grub-gen: moved root/etc/initramfs-tools/hooks/vfio into the backup
grub-gen: changed root/etc/early-bind/early-bind.toml
grub-gen: the files as they were are in root/var/lib/early-bind/import/1; `grub-gen import --undo` puts them back
grub-gen: next: `grub-gen apply`, which rebuilds the initramfs and the menu'
expect 'yes at the terminal' 0 "Change these files, with a backup? [y/N] y
$result" '' ask y

# became FILE TEXT: the whole of it, and its mode and owner are the former ones.
became() {
    same_text "$1" "$2" "$(cat "root/$1")" && echo "ok: $1"
    check "$1: mode and owner" [ "$(stat -c '%a %u %g' "root/$1")" = \
        "$(printf '%s\n' "$before" | awk -v name="./$1" '$1 == name { print $3, $4, $5 }')" ]
}
became etc/default/grub '# Mine.
GRUB_TIMEOUT=5
#early-bind# GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on vfio-pci.ids=1002:67df,1002:aaf0 splash"  # RX 480
GRUB_CMDLINE_LINUX_DEFAULT="quiet amd_iommu=on splash"  # RX 480
GRUB_CMDLINE_LINUX=""'
became etc/default/grub.d/vm.cfg \
    '#early-bind# GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX rd.driver.pre=vfio-pci"
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX"'
became etc/kernel/cmdline 'root=/dev/sda1 ro'
became etc/modprobe.d/vfio.conf '#early-bind# options vfio-pci ids=1002:67df,1002:aaf0 \
#early-bind#     disable_vga=1
#early-bind# softdep amdgpu pre: vfio-pci
#early-bind# blacklist amdgpu
options kvm ignore_msrs=1'
became etc/modprobe.d/nvidia.conf 'blacklist nouveau'
became etc/initramfs-tools/modules 'coretemp
#early-bind# vfio_pci ids=1002:67df'
became etc/modules '#early-bind# vfio'
became etc/dracut.conf.d/vfio.conf '#early-bind# force_drivers+=" vfio vfio-pci "
#early-bind# add_drivers+=" ahci vfio-pci "
add_drivers+=" ahci "'
became etc/udev/rules.d/vfio.rules \
    '#early-bind# KERNEL=="0000:06:00.1", ATTR{driver_override}="vfio-pci"'
became etc/grub.d/40_custom 'linux /vmlinuz vfio-pci.ids=1022:149c'
became etc/early-bind/early-bind.toml '# my cards
framebuffer = "keep"  # no flicker
static = [
    "pci0000:00/01.2/00.0/05.0/00.0",  # Ethernet controller: Intel Corporation I211 Gigabit Network Connection
    "pci0000:00/01.2/00.0/08.0/00.1",  # USB controller: Advanced Micro Devices, Inc. [AMD] Matisse USB 3.0 Host Controller
]

[profile.keep-amd-73bf]
disable_idle_d3 = true
disable_vga = true'
for gone in etc/driverctl.d/0000:05:00.0 usr/local/sbin/vfio-pci-override.sh \
    etc/initramfs-tools/scripts/init-top/vfio etc/initramfs-tools/hooks/vfio; do
    check "$gone is in the backup" [ ! -e "root/$gone" -a -f "root/var/lib/early-bind/import/1/files/$gone" ]
done
check 'the backup is for root alone' [ "$(stat -c %a root/var/lib/early-bind/import)" = 700 ]
"$grub_gen" scan --sysroot root >out.txt 2>err.txt
check 'the configuration is accepted' [ $? -eq 0 ]
check 'the static set is known' grep -q '^Static set' out.txt

# What this command may not change is all that is left to say.
check 'what is left' [ "$("$grub_gen" import --sysroot root 2>/dev/null |
    grep -c '^    then       stays; ')" = 2 ]
expect_unchanged root 'again' 0 "$("$grub_gen" import --sysroot root 2>/dev/null)" \
    'grub-gen: there is nothing here that this command would change' \
    "$grub_gen" import --yes --sysroot root

cp -p root/etc/modules saved
echo nct6775 >>root/etc/modules
expect_unchanged root 'a file that was changed since' 1 '' \
    'grub-gen: root/etc/modules was changed after the import, so nothing is undone; the file as it was is root/var/lib/early-bind/import/1/files/etc/modules' \
    "$grub_gen" import --undo --sysroot root
cp -p saved root/etc/modules
undone=$(printf '%s\n' "$result" | sed -n \
    's/^grub-gen: changed \(.*\)/grub-gen: \1 is as it was/p; s/^grub-gen: moved \(.*\) into .*/grub-gen: \1 is as it was/p')
expect 'undo' 0 '' "$undone
grub-gen: next: \`grub-gen apply\`, which rebuilds the initramfs and the menu" \
    "$grub_gen" import --undo --sysroot root
same_text 'everything is as it was, modes and owners too' "$before" "$(contents root)" &&
    echo 'ok: everything is as it was, modes and owners too'

expect 'without a question' 0 "$shown" "$result" "$grub_gen" import --yes --sysroot root </dev/null
"$grub_gen" apply --sysroot root 2>/dev/null
expect 'uninstall leaves the backup' 0 '' 'grub-gen: removed root/var/lib/early-bind/boot-table
grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: root/ has no update-grub: no menu is regenerated
grub-gen: root/etc/early-bind/early-bind.toml is yours and stays
grub-gen: root/var/lib/early-bind/import holds your files as they were before `grub-gen import` and stays; `grub-gen import --undo` puts them back' \
    "$grub_gen" uninstall --sysroot root
"$grub_gen" import --undo --sysroot root 2>/dev/null
check 'everything is as it was again' [ "$before" = "$(contents root)" ]

# A configuration that cannot be edited stops it before anything is changed.
echo 'profile = { keep-amd-73bf = {} }' >root/etc/early-bind/early-bind.toml
expect_unchanged root 'an inline table' 1 '' \
    'grub-gen: root/etc/early-bind/early-bind.toml: line 1, column 1: `profile` is an inline table, and those are not edited; write it as a table with a header' \
    "$grub_gen" import --yes --sysroot root
finish
