# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# For tests that build real images: a throw-away overlay of this system (a mount namespace and a chroot), in which
# everything is at its own place and nothing of this system is touched. The kernel is a made-up one: /lib/modules
# with modules of a few bytes. Sourced first by the test, which runs three times: outside, in the namespace, and in
# the chroot, where it goes on behind this. There lib.sh is sourced, and the sources are in /sources.

# shellcheck disable=SC2034 # for the test
kernel=6.1.0-0-none
modules=/lib/modules/$kernel/kernel

# enter_overlay TOOL...: skips unless the tools are here; returns in the chroot.
enter_overlay() {
    if [ -z "${INSIDE:-}" ]; then
        cd "$(dirname "$0")" || exit 1
        # shellcheck source=tests/hooks/lib.sh
        . ./lib.sh
        for tool in "$@" unshare depmod cc busybox; do
            PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || skip "no $tool"
        done
        [ "$(id -u)" -eq 0 ] || skip "needs root for a mount namespace"
        work=$(mktemp -d)
        # The mounts go with the namespace: the directory is empty then.
        trap 'rm -rf "$work"' EXIT
        INSIDE=1 TREE=$work unshare -m "./$(basename "$0")"
        exit $?
    fi
    if [ "$INSIDE" = 1 ]; then
        # shellcheck source=tests/hooks/lib.sh
        . ./lib.sh
        mount_overlay || skip "no overlay can be mounted here"
        mkdir "$TREE/root/sources"
        (cd ../.. && cp -r initramfs-hooks dracut-module packaging tests/hooks "$TREE/root/sources/")
        INSIDE=2 exec chroot "$TREE/root" /bin/sh "/sources/hooks/$(basename "$0")"
    fi
    # shellcheck source=tests/hooks/lib.sh
    . /sources/hooks/lib.sh
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
}

mount_overlay() {
    mount --make-rprivate / && mount -t tmpfs overlay "$TREE" &&
        mkdir "$TREE/upper" "$TREE/work" "$TREE/root" &&
        mount -t overlay -o "lowerdir=/,upperdir=$TREE/upper,workdir=$TREE/work" overlay \
            "$TREE/root" &&
        mount -t proc proc "$TREE/root/proc" && mount --rbind /dev "$TREE/root/dev" &&
        mount -t tmpfs run "$TREE/root/run" && mount -t tmpfs tmp "$TREE/root/tmp"
}

# make_module NAME: the least that depmod and modinfo take for a module.
make_module() {
    printf 'const char info[] __attribute__((section(".modinfo"))) = "name=%s";\n' "$1" |
        cc -c -x c -o "$modules/$1.ko" -
}

# make_kernel MODULE...: the made-up kernel with these modules.
make_kernel() {
    mkdir -p "$modules" /boot
    for made in "$@"; do make_module "$made"; done
    : >"/lib/modules/$kernel/modules.order"
    : >"/lib/modules/$kernel/modules.builtin"
    : >"/lib/modules/$kernel/modules.builtin.modinfo"
    depmod "$kernel"
    printf 'CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\n' >"/boot/config-$kernel"
}

# build_in MODULE FILE: the module is in the kernel from now on, and no file.
build_in() {
    echo "kernel/$2.ko" >"/lib/modules/$kernel/modules.builtin"
    printf '%s.file=%s\0' "$1" "$2" >"/lib/modules/$kernel/modules.builtin.modinfo"
    depmod "$kernel"
}
