#!/bin/sh
# SPDX-License-Identifier: MIT
# dracut module: puts early-bind, its boot table and vfio-pci into the initramfs, and runs it ahead of udev, with
# systemd in the image and without. dracut sources this file in bash. Whatever is missing here is said, and the image
# is built all the same: without an image a kernel does not boot.
# shellcheck disable=SC2034 # hostonly is dracut's
# shellcheck disable=SC2154 # and so are the variables that nobody sets here

early_bind_program=/usr/sbin/early-bind
early_bind_table=/var/lib/early-bind/boot-table
early_bind_unit=early-bind-initrd.service

# Without a boot table (nothing applied on this machine) the image is as it would be without us.
check() {
    [ -z "${mount_needs-}" ] || return 1
    [ -e "${dracutsysrootdir-}$early_bind_table" ] || return 1
    if [ ! -x "${dracutsysrootdir-}$early_bind_program" ]; then
        dwarn "early-bind: $early_bind_program is missing: the GPU layouts of the boot menu will do nothing"
        return 1
    fi
    return 0
}

depends() {
    return 0
}

# Not only what this machine has loaded now: a layout is chosen at boot.
installkernel() {
    hostonly='' instmods vfio-pci vfio_iommu_type1
    # Built into the kernel is fine: then there is nothing to add.
    if ! grep -qs '/vfio-pci\.ko' "$srcmods/modules.builtin" &&
        [ -z "$(find "$initdir/lib/modules/$kernel/" -name 'vfio-pci.ko*' 2>/dev/null)" ]; then
        dwarn "early-bind: Linux $kernel has no vfio-pci, or the configuration omits it: no GPU can go to a VM early"
    fi
    return 0
}

install() {
    inst "$early_bind_program" || derror "early-bind: cannot copy $early_bind_program"
    inst_simple "$early_bind_table" || derror "early-bind: cannot copy $early_bind_table"
    inst_hook cmdline 00 "$moddir/early-bind.sh"
    # systemd starts things side by side: only a unit can be ahead of systemd-modules-load.
    if dracut_module_included systemd-initrd; then
        inst_simple "$systemdsystemunitdir/$early_bind_unit" ||
            derror "early-bind: cannot copy $early_bind_unit"
        $SYSTEMCTL -q --root "$initdir" add-wants sysinit.target "$early_bind_unit" ||
            derror "early-bind: cannot enable $early_bind_unit"
    fi
    return 0
}
