#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen doctor on a root that is as it should be, and on copies of it with one fault each. The
# initramfs images are real ones: cpio archives, compressed, with microcode before them.
# usage: grub_gen_doctor.sh GRUB_GEN EARLY_BIND
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck disable=SC2317 # the faults are called by name
# shellcheck disable=SC2086 # the names of files have no blanks
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$1")
early_bind=$(absolute "$2")
for tool in cpio zstd gzip xz grub-script-check; do
    command -v "$tool" >/dev/null || skip "no $tool"
done
PATH=$(dirname "$early_bind"):$PATH
TMPDIR=$scratch/tmp
export TMPDIR
mkdir "$TMPDIR"

old=6.1.0-8-amd64 new=6.1.0-9-amd64

# archive DIR: a cpio archive of what is in DIR, without compression.
archive() { (cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | cpio --quiet -o -H newc); }

# order NAME...: init-top's ORDER as initramfs-tools writes it.
order() {
    for script; do
        printf '/scripts/init-top/%s "$@"\n[ -e /conf/param.conf ] && . /conf/param.conf\n' "$script"
    done
}

# image ROOT KERNEL [COMPRESS...]: packs the tree `content` as the kernel's initramfs.
image() {
    image_file=$1/boot/initrd.img-$2
    shift 2
    [ $# -gt 0 ] || set -- zstd -q -c
    archive microcode >"$image_file"
    archive content | "$@" >>"$image_file"
}

# content ROOT: what the hook puts into an image, in the tree `content`.
content() {
    rm -rf content microcode
    mkdir -p content/usr/sbin content/var/lib/early-bind content/scripts/init-top \
        "content/usr/lib/modules/$new/kernel/drivers/vfio/pci" microcode/kernel/x86/microcode
    head -c 5001 /dev/zero >microcode/kernel/x86/microcode/AuthenticAMD.bin
    cp "$1/usr/sbin/early-bind" content/usr/sbin/
    cp "$1/var/lib/early-bind/boot-table" content/var/lib/early-bind/
    echo '#!/bin/sh' >content/scripts/init-top/00-early-bind
    order 00-early-bind all_generic_ide udev >content/scripts/init-top/ORDER
    echo module >"content/usr/lib/modules/$new/kernel/drivers/vfio/pci/vfio-pci.ko.xz"
}

# stock_entries ROOT: a distribution's generator of entries.
stock_entries() {
    cat >"$1/etc/grub.d/10_linux" <<'END'
#!/bin/sh
for kernel in 6.1.0-9-amd64 6.1.0-8-amd64; do
    cat <<ENTRY
menuentry 'Debian, with Linux $kernel' --class debian \$menuentry_id_option 'gnulinux-$kernel-advanced-1' {
	linux	/boot/vmlinuz-$kernel root=UUID=1 ro quiet
	initrd	/boot/initrd.img-$kernel
}
ENTRY
done
END
    chmod 755 "$1/etc/grub.d/10_linux"
}

# menu ROOT: grub.cfg as update-grub writes it.
menu() {
    {
        cat <<'END'
if [ "${recordfail}" = 1 ] ; then
  set timeout=30
else
  if [ x$feature_timeout_style = xy ] ; then
    set timeout_style=menu
    set timeout=5
  else
    set timeout=5
  fi
fi
END
        "$1/etc/grub.d/10_linux"
        GRUB_DEVICE=/dev/sda1 "$grub_gen" entries --sysroot "$1" 2>/dev/null
    } >"$1/boot/grub/grub.cfg"
}

lay_out root --cmdline 'BOOT_IMAGE=/boot/vmlinuz-6.1.0-9-amd64 root=UUID=1 ro quiet'
# The copies are many: what nobody reads stays out of them.
find root/sys -type f ! -name vendor ! -name device ! -name 'subsystem_*' ! -name class \
    ! -name boot_vga -delete
rm -r root/sys/class root/sys/module root/sys/bus/pci/drivers root/sys/kernel/iommu_groups/*/*
find root/sys -type d -name power -delete -o -type l '(' -name subsystem -o -name iommu -o \
    -name driver -o -name 'virtfn*' ')' -delete
mkdir -p root/boot/grub root/etc/grub.d root/etc/default root/usr/sbin \
    root/sys/firmware/acpi/tables root/proc/sys/kernel
printf 'processor\t: 0\nflags\t\t: fpu svm nx\n' >root/proc/cpuinfo
echo "$new" >root/proc/sys/kernel/osrelease
: >root/sys/firmware/acpi/tables/IVRS
: >root/boot/grub/grubenv
echo 'the program' >root/usr/sbin/early-bind
printf 'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n#GRUB_CMDLINE_LINUX="early-bind.off"\n' \
    >root/etc/default/grub
printf '#!/bin/sh\n' >root/etc/grub.d/42_early-bind
chmod 755 root/etc/grub.d/42_early-bind
for kernel in $old $new; do
    : >"root/boot/vmlinuz-$kernel"
    mkdir -p "root/lib/modules/$kernel"
    : >"root/lib/modules/$kernel/modules.builtin"
    printf 'kernel/drivers/vfio/%s.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n' \
        pci/vfio-pci vfio_iommu_type1 >"root/lib/modules/$kernel/modules.dep"
done
stock_entries root
"$grub_gen" apply --sysroot root 2>/dev/null || exit 1
# Only looked for, never run: a root without it has no tool whose images run early-bind.
: >root/usr/sbin/update-initramfs
revision=$(sed -n 's/^revision //p' root/var/lib/early-bind/boot-table)
content root
image root $old
image root $new
menu root

grubenv='  skipped: whether GRUB can write root/boot/grub/grubenv can be told in the running system only
      why:  what was not looked at may be wrong
      mend: run `grub-gen doctor` as root in the running system
'
fine_before='Fine

  there is no root/etc/early-bind/early-bind.toml, and none is needed
  the boot table root/var/lib/early-bind/boot-table is up to date (c95b295b)
  the processor can run VMs (svm)
  the firmware describes an IOMMU (IVRS, AMD)
  the IOMMU is on, 36 groups
  every GPU that may be passed (2) is in an IOMMU group
  3 of 3 profiles can work
  no profile takes a disk that carries a file system of this host
  every installed kernel has vfio-pci: 6.1.0-8-amd64 and 6.1.0-9-amd64'
fine_after='  root/boot/grub/grub.cfg has the 6 layouts of the boot table c95b295b
  the stock entries in root/boot/grub/grub.cfg have no argument of ours
  root/boot/grub/grub.cfg shows the menu for 5 seconds
  no X server is pinned to a GPU that may be passed
  no two programs set zram up
  no earlier set-up for passing devices
'
expect_unchanged root 'a healthy system' 0 "Notes

$grubenv
$fine_before
  the initramfs of every kernel (2) has the boot table c95b295b and the installed early-bind, and runs it ahead of udev
$fine_after
Nothing is wrong; 1 note." '' "$grub_gen" doctor --sysroot root
expect 'a healthy system: JSON' 0 '{"schema": 1,"healthy": true,"weights": ["note", "ok"]}' '' sh -c '
    "$0" doctor --json --sysroot root >doctor.json || exit 1
    python3 -c "import json
got = json.load(open(\"doctor.json\"))
got[\"weights\"] = sorted({finding[\"weight\"] for finding in got.pop(\"findings\")})
print(json.dumps(got, separators=(\",\", \": \")).replace(\"\\\"note\\\",\", \"\\\"note\\\", \"))"' \
    "$grub_gen"
expect 'an unknown option' 2 '' \
    'grub-gen: The following argument was not expected: --fix; see grub-gen --help' \
    "$grub_gen" doctor --fix
check "no temporary directory is left" [ -z "$(ls -A "$TMPDIR")" ]

# A newer table, and the images and the menu as they were: the whole text.
cp -a root kept
mkdir -p root/etc/early-bind
echo 'deadline = 20' >root/etc/early-bind/early-bind.toml
rm root/usr/sbin/update-initramfs
"$grub_gen" apply --sysroot root 2>/dev/null
: >root/usr/sbin/update-initramfs
newer=$(sed -n 's/^revision //p' root/var/lib/early-bind/boot-table)
fine_now=$(printf '%s\n' "$fine_before" | sed -e "s/c95b295b/$newer/" \
    -e 's/there is no \(.*\), and none is needed/\1 is understood/')
expect_unchanged root 'a newer table' 1 "Problems

  image-stale-table: root/boot/initrd.img-6.1.0-8-amd64 has the boot table $revision, the current one is $newer
      why:  with this kernel the boot goes by what the machine was at an earlier apply
      mend: run \`grub-gen apply\`, which rebuilds every initramfs

  image-stale-table: root/boot/initrd.img-6.1.0-9-amd64 has the boot table $revision, the current one is $newer
      why:  with this kernel the boot goes by what the machine was at an earlier apply
      mend: run \`grub-gen apply\`, which rebuilds every initramfs

  menu-stale: 6 of the 6 layouts in root/boot/grub/grub.cfg are for another boot table than the current $newer
      why:  such an entry may name a profile that the boot does not know any more
      mend: run \`grub-gen refresh\`

Notes

$grubenv
$fine_now
$(printf '%s\n' "$fine_after" | sed 1d)

3 problems, 0 warnings, 1 note." '' "$grub_gen" doctor --sysroot root
rm -r root
mv kept root

# found STATUS SENTENCES FAULT...: the fault's findings, beside the one about grubenv.
found() {
    found_status=$1 found_what=$2
    shift 2
    rm -rf broken
    cp -a root broken
    "$@"
    "$grub_gen" doctor --sysroot broken >out.txt 2>err.txt
    found_got=$?
    check "$1: exit status" [ "$found_got" -eq "$found_status" ]
    same_text "$1: messages" '' "$(cat err.txt)"
    same_text "$1" "$found_what" \
        "$(sed -n 's/^  \([a-z-]*: .*\)/\1/p' out.txt | grep -v 'GRUB can write' |
            sed 's/read: .*stdin.*/read: .../')" && echo "ok: $*"
}
cfg=broken/boot/grub/grub.cfg
img=broken/boot/initrd.img-$new

# The images.
each_compression() {
    content broken
    image broken $old gzip -c
    image broken $new xz -c --check=crc32
}
found 0 '' each_compression
uncompressed() {
    content broken
    image broken $new cat
}
found 0 '' uncompressed
no_microcode() {
    content broken
    archive content | zstd -q -c >$img
}
found 0 '' no_microcode
by_dracut() {
    content broken
    rm -r content/scripts
    mkdir -p "content/$1/dracut/hooks/cmdline"
    echo hook >"content/$1/dracut/hooks/cmdline/00-early-bind.sh"
    image broken $new
}
found 0 '' by_dracut usr/lib
found 0 '' by_dracut var/lib
damaged_table() {
    content broken
    echo 'early-bind-table 1' >content/var/lib/early-bind/boot-table
    image broken $new
}
found 1 "image-stale-table: $img has a damaged boot table, the current one is $revision" \
    damaged_table
without() {
    content broken
    rm "content/$1"
    image broken $new
}
found 1 "image-no-table: $img has no boot table" without var/lib/early-bind/boot-table
found 1 "image-no-program: $img has no early-bind" without usr/sbin/early-bind
found 1 "image-late: $img does not run early-bind ahead of udev" \
    without scripts/init-top/00-early-bind
found 1 "image-late: $img does not run early-bind ahead of udev" without scripts/init-top/ORDER
found 0 "image-no-vfio: $img has no vfio-pci" \
    without usr/lib/modules/$new/kernel/drivers/vfio/pci/vfio-pci.ko.xz
built_in() {
    echo kernel/drivers/vfio/pci/vfio-pci.ko >broken/lib/modules/$new/modules.builtin
    without usr/lib/modules/$new/kernel/drivers/vfio/pci/vfio-pci.ko.xz
}
found 0 '' built_in
behind_udev() {
    content broken
    order all_generic_ide udev 00-early-bind >content/scripts/init-top/ORDER
    image broken $new
}
found 1 "image-late: $img does not run early-bind ahead of udev" behind_udev
no_tool() { rm broken/usr/sbin/update-initramfs; }
found 0 'no-initramfs-hook: nothing that makes an initramfs in broken/ runs early-bind' no_tool
from_an_image() {
    mkdir -p broken/run
    : >broken/run/ostree-booted
}
found 0 'no-initramfs-hook: nothing that makes an initramfs in broken/ runs early-bind' from_an_image
mkinitcpio() { mv broken/usr/sbin/update-initramfs broken/usr/sbin/mkinitcpio; }
found 0 '' mkinitcpio
other_program() { echo 'a newer program' >broken/usr/sbin/early-bind; }
found 1 "image-stale-program: broken/boot/initrd.img-$old has another early-bind than the installed one
image-stale-program: $img has another early-bind than the installed one" other_program
no_program() { rm broken/usr/sbin/early-bind; }
found 1 "program-missing: there is no broken/usr/sbin/early-bind" no_program
no_image() { rm $img; }
found 1 "image-missing: Linux $new has no $img
menu-entry-unknown: $cfg has an entry for the profile keep-amd-73bf on Linux $new, which is not installed or has no initramfs
menu-entry-unknown: $cfg has an entry for the profile keep-amd-67df on Linux $new, which is not installed or has no initramfs
menu-entry-unknown: $cfg has an entry for the profile pass-all on Linux $new, which is not installed or has no initramfs" \
    no_image
cut_short() { head -c -40 root/boot/initrd.img-$new >$img; }
found 1 "image-unreadable: $img cannot be read: ..." cut_short
cut_early() { head -c 3000 root/boot/initrd.img-$new >$img; }
found 1 "image-unreadable: $img cannot be read: an archive in it is cut short" cut_early
garbage() { echo garbage >$img; }
found 1 "image-unreadable: $img cannot be read: it begins with no archive of a known kind" garbage

# The kernels.
no_modules() { rm -r broken/lib/modules/$old; }
found 1 "modules-missing: Linux $old has no broken/lib/modules/$old" no_modules
no_vfio() { echo 'kernel/vfio-pci-core.ko:' >broken/lib/modules/$old/modules.dep; }
found 1 "vfio-missing: Linux $old has no vfio-pci and vfio_iommu_type1" no_vfio
no_kernels() { rm broken/boot/vmlinuz-* && rm -r broken/boot/grub; }
found 1 "menu-missing: there is no $cfg
no-kernels: broken/boot has no vmlinuz-*" no_kernels

# The menu.
change() {
    change_file=$1
    shift
    sed -i "$@" "$change_file"
}
found 1 "menu-no-layouts: $cfg has no GPU layouts" change $cfg '/^submenu/,$d'
found 1 "menu-entry-missing: $cfg has no entry on Linux $new for keep-amd-67df" \
    change $cfg "/'early-bind-keep-amd-67df-$new'/,/^	}/d"
found 1 "menu-stale: 1 of the 6 layouts in $cfg are for another boot table than the current $revision" \
    change $cfg "/'early-bind-pass-all-$old'/,/^	}/s/early-bind.rev=[^ ]*/early-bind.rev=00000000/"
found 1 "menu-entry-missing: $cfg has no entry on Linux $old for pass-all
menu-entry-unknown: $cfg has an entry for the profile other on Linux $old, which the boot table does not offer" \
    change $cfg "/'early-bind-pass-all-$old'/,/^	}/s/early-bind.profile=[^ ]*/early-bind.profile=other/"
kernel_gone() { rm -r broken/boot/*-$old; }
found 1 "menu-entry-unknown: $cfg has an entry for the profile keep-amd-73bf on Linux $old, which is not installed or has no initramfs
menu-entry-unknown: $cfg has an entry for the profile keep-amd-67df on Linux $old, which is not installed or has no initramfs
menu-entry-unknown: $cfg has an entry for the profile pass-all on Linux $old, which is not installed or has no initramfs" \
    kernel_gone
found 1 "token-leaked: the stock entry 'Debian, with Linux $new' in $cfg has the argument early-bind.profile=pass-all" \
    change $cfg "0,/ro quiet/s//ro quiet early-bind.profile=pass-all/"
found 1 "token-leaked: broken/etc/default/grub gives an early-bind argument to every entry in GRUB_CMDLINE_LINUX_DEFAULT" \
    change broken/etc/default/grub 's/"quiet"/"quiet early-bind.off"/'
drop_in() {
    mkdir broken/etc/default/grub.d
    echo "GRUB_CMDLINE_LINUX='early-bind.keep=nvidia'" >broken/etc/default/grub.d/vm.cfg
    cp broken/etc/default/grub.d/vm.cfg broken/etc/default/grub.d/vm.cfg.bak
}
found 1 "token-leaked: broken/etc/default/grub.d/vm.cfg gives an early-bind argument to every entry in GRUB_CMDLINE_LINUX" \
    drop_in
found 0 '' change broken/etc/default/grub 's/"quiet"/"quiet early-bind.debug"/'
found 1 "menu-hidden: $cfg hides the menu (timeout_style=hidden)" \
    change $cfg 's/timeout_style=menu/timeout_style=hidden/'
found 1 "menu-hidden: $cfg shows the menu for 0 seconds" change $cfg 's/timeout=5/timeout=0/'
not_executable() { chmod 644 broken/etc/grub.d/42_early-bind; }
found 1 'generator-missing: broken/etc/grub.d/42_early-bind is not executable' not_executable
remove() { rm "$@"; }
found 1 'generator-missing: broken/etc/grub.d/42_early-bind is missing' \
    remove broken/etc/grub.d/42_early-bind
found 0 'grubenv-missing: there is no broken/boot/grub/grubenv' remove broken/boot/grub/grubenv

# The machine and the table.
found 1 'cpu-no-virtualization: the processor'"'"'s flags in /proc/cpuinfo have neither vmx nor svm' \
    change broken/proc/cpuinfo 's/ svm//'
found 0 'skipped: the processor was not looked at: cannot read broken/proc/cpuinfo: No such file or directory' \
    remove broken/proc/cpuinfo
no_groups() {
    rm -r broken/sys/kernel/iommu_groups
    find broken/sys/devices -name iommu_group -exec rm {} +
    rm broken/usr/sbin/update-initramfs
    "$grub_gen" apply --sysroot broken 2>/dev/null
    : >broken/usr/sbin/update-initramfs
    content broken
    image broken $old
    image broken $new
    menu broken
}
found 1 'iommu-off: the IOMMU is off, though it is on by default on AMD' no_groups
no_iommu() {
    rm broken/sys/firmware/acpi/tables/IVRS
    no_groups
}
found 1 'firmware-no-iommu: the firmware has no DMAR (Intel) or IVRS (AMD) table, and there are no IOMMU groups' \
    no_iommu
intel() {
    mv broken/sys/firmware/acpi/tables/IVRS broken/sys/firmware/acpi/tables/DMAR
    no_groups
}
found 0 'iommu-off-now: the IOMMU is off in this boot; the layouts switch it on' intel
found 1 "iommu-switched-off: Linux $new: the kernel arguments of the stock entries have amd_iommu=off, which nothing can take back: no GPU goes to a VM before it is taken out of the boot loader's configuration" \
    change $cfg "0,/ro quiet/s//ro quiet amd_iommu=off/"
config() {
    mkdir broken/etc/early-bind
    echo "$1" >broken/etc/early-bind/early-bind.toml
}
found 1 'table-stale: the boot table broken/var/lib/early-bind/boot-table is not what the machine and the configuration give now' \
    config 'deadline = 30'
found 1 'config-broken: broken/etc/early-bind/early-bind.toml: line 1, column 1: unknown key `host_onli`; did you mean `host_only`?' \
    config 'host_onli = []'
damaged() { sed -i '$s/.*/revision 00000000/' broken/var/lib/early-bind/boot-table; }
found 1 "table-damaged: the boot table broken/var/lib/early-bind/boot-table cannot be used: $(
    sed '$s/.*/revision 00000000/' root/var/lib/early-bind/boot-table >table.txt
    mkdir -p other/var/lib/early-bind && cp table.txt other/var/lib/early-bind/boot-table
    GRUB_DEVICE=1 "$grub_gen" entries --sysroot other 2>&1 |
        sed -n 's/.* is damaged: \(.*\); leaving.*/\1/p')" damaged
unapplied() {
    rm -r broken/var/lib/early-bind
    sed -i '/^submenu/,$d' $cfg
}
found 1 'nothing-applied: nothing is applied yet: there is no broken/var/lib/early-bind/boot-table' \
    unapplied

# This boot.
locked() {
    mkdir -p broken/sys/firmware/efi/efivars broken/sys/kernel/security
    printf '\006\000\000\000\001' \
        >broken/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
    echo 'none [integrity] confidentiality' >broken/sys/kernel/security/lockdown
}
found 0 'secure-boot: Secure Boot is on
lockdown: the kernel is locked down (integrity)' locked
found 1 'boot-differs: this boot is not the layout pass-all as it was asked for' \
    change broken/proc/cmdline 's/quiet/quiet early-bind.profile=pass-all/'
found 0 '' change broken/proc/cmdline 's/quiet/quiet early-bind.profile=pass-all early-bind.off/'
pages() {
    mkdir -p broken/sys/kernel/mm/hugepages/hugepages-1048576kB
    echo 6 >broken/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
    sed -i "s/quiet/quiet $1/" broken/proc/cmdline
}
found 1 'hugepages-short: the kernel gave 6 of the 8 huge pages of 1 GiB that this boot asked for' \
    pages 'hugepages=8 default_hugepagesz=1G'
found 0 '' pages 'hugepagesz=1G hugepages=0:4,1:2'

# The display and zram.
xorg() {
    mkdir -p broken/etc/X11/xorg.conf.d
    printf 'Section "Device"\n # BusID "PCI:12:0:0"\n\tBusID "%s"\nEndSection\n' "$1" \
        >broken/etc/X11/xorg.conf.d/20-gpu.conf
}
found 1 'display-pinned: broken/etc/X11/xorg.conf.d/20-gpu.conf pins the X server to 0000:0b:00.0, which goes to VMs with keep-amd-67df and pass-all' \
    xorg PCI:11:0:0
found 0 '' xorg PCI:9:0:0
zram() {
    mkdir -p broken/etc/systemd/system/multi-user.target.wants
    ln -s /lib/systemd/system/zramswap.service \
        broken/etc/systemd/system/multi-user.target.wants/zramswap.service
}
found 0 '' zram
earlier() {
    mkdir -p broken/etc/modprobe.d
    echo 'options vfio-pci ids=1002:73bf' >broken/etc/modprobe.d/vfio.conf
}
found 1 'earlier-setup: broken/etc/modprobe.d/vfio.conf:1: `options vfio-pci ids=1002:73bf` binds every device with the id 1002:73bf to vfio-pci, here 0000:0b:00.0' earlier
zram_twice() {
    zram
    : >broken/etc/systemd/zram-generator.conf
}
found 1 "zram-twice: zram-tools' zramswap.service is enabled, and broken/etc/systemd/zram-generator.conf has systemd-zram-generator set zram up as well" \
    zram_twice
finish
