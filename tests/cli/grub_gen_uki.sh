#!/bin/sh
# SPDX-License-Identifier: MIT
# grub-gen on a root below --sysroot whose systemd-boot shows unified kernel images: what it has kernel-install and
# ukify do, which are fakes here, and what becomes of the image.
# usage: grub_gen_uki.sh GRUB_GEN
# shellcheck disable=SC2016,SC2317 # functions are called by expect; the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
grub_gen=$1
if [ "$(id -u)" != 0 ] && [ -z "${EARLY_BIND_TEST_UNSHARED:-}" ]; then
    # The programs of another root run in a chroot.
    EARLY_BIND_TEST_UNSHARED=1 exec unshare --map-root-user "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
grub_gen=$(absolute "$grub_gen")
make_pe=$machines/../support/make_pe

lay_out root
# What the fakes run with.
mkdir -p root/usr/bin root/bin root/tmp
for program in sh cp; do
    file=$(command -v "$program")
    cp "$file" "root/bin/$program"
    ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "root$(dirname "$library")"
        cp -n "$library" "root$library"
    done
done
chroot root /bin/sh -c : 2>/dev/null || skip 'no chroot'

images=root/boot/efi/EFI/Linux
mkdir -p "$images" root/boot/efi/EFI/systemd root/boot/efi/loader root/etc/kernel root/usr/lib/modules/6.12
echo MZ >root/boot/efi/EFI/systemd/systemd-bootx64.efi
echo 'timeout 3' >root/boot/efi/loader/loader.conf
echo layout=uki >root/etc/kernel/install.conf
echo m >root/etc/kernel/entry-token
echo kernel >root/boot/vmlinuz-6.12
echo initramfs >root/boot/initrd.img-6.12
# stock FILE [MORE]...: an image without profiles, or with what stands behind them.
stock() {
    stock_file=$1
    shift
    "$make_pe" "$stock_file" '.osrel=PRETTY_NAME="Debian 13"' '.cmdline=root=UUID=a ro' .uname=6.12 \
        .linux=kernel ".initrd=microcode$(cat root/boot/initrd.img-6.12)
" "$@"
}
stock root/stock.efi
cp root/stock.efi "$images/m-6.12.efi"
image() { cksum <"$images/m-6.12.efi"; }
before=$(image)

# program NAME LINE...: a fake, which notes its arguments.
program() {
    program_file=root/usr/bin/$1
    shift
    printf '%s\n' '#!/bin/sh' 'for word; do echo "$word"; done >>/calls' "$@" >"$program_file"
    chmod +x "$program_file"
}
calls() {
    cat root/calls
    rm -f root/calls
}

# Without ukify: one sentence, nothing changed.
program kernel-install
expect 'apply without ukify' 0 '' 'grub-gen: wrote root/var/lib/early-bind/boot-table
grub-gen: root/ has no tool that makes an initramfs: none is rebuilt
grub-gen: root/ has no ukify, which can put GPU layouts into unified kernel images: leaving them out; with `layout=bls` in /etc/kernel/install.conf and a kernel installed anew its entry gets them' \
    "$grub_gen" apply --sysroot root
same_text 'the image without ukify' "$before" "$(image)"
"$grub_gen" doctor --sysroot root >doctor.txt 2>&1
check 'doctor without ukify' grep -q 'uki-no-layouts: root/ has no ukify' doctor.txt

check 'kernel-install was not run' [ ! -e root/calls ]

# What the image is to have, by the dry run.
program ukify '# --join-profile' 'for word; do output=${word#--output=}; done' 'cp /made.efi "$output"'
"$grub_gen" apply --dry-run --sysroot root >dry.txt 2>err.txt
set --
while read -r line; do
    case $line in
    +ID=*) id=${line#+} ;;
    +TITLE=*) title=${line#+} ;;
    +++*) ;;
    +*) set -- "$@" ".profile=$id
$title" ".cmdline=${line#+}" ;;
    esac
done <dry.txt
check 'the dry run shows the profiles' [ $# -eq 6 ]
stock root/made.efi .profile=ID=main "$@"

# grub-gen uki, as the plug-in calls it.
mkdir -p root/tmp/staging
cp root/stock.efi root/tmp/staging/uki.efi
uki() {
    "$grub_gen" uki /tmp/staging/uki.efi 6.12 /boot/vmlinuz-6.12 /tmp/staging/microcode /boot/initrd.img-6.12 \
        --sysroot root
}
expect 'grub-gen uki' 0 '' 'grub-gen: GPU layouts in the unified kernel image of Linux 6.12: 3' uki
check 'the image is the one with profiles' cmp -s root/made.efi root/tmp/staging/uki.efi
same_text 'nothing else is left there' uki.efi "$(ls root/tmp/staging)"
calls >calls.txt
same_text 'the last call of ukify' 'build
--linux=/boot/vmlinuz-6.12
--initrd=/tmp/staging/microcode
--initrd=/boot/initrd.img-6.12
--uname=6.12
--cmdline=@/tmp/staging/early-bind/cmdline
--join-profile=/tmp/staging/early-bind/layout-1.efi
--join-profile=/tmp/staging/early-bind/layout-2.efi
--join-profile=/tmp/staging/early-bind/layout-3.efi
--output=/tmp/staging/early-bind/uki.efi' "$(tail -n 10 calls.txt)"

why='grub-gen: leaving the unified kernel image of Linux 6.12 without GPU layouts: '
cp root/stock.efi root/tmp/staging/uki.efi
stays() {
    expect "grub-gen uki: $1" 1 '' "$why$2" uki
    check "$1: the image stays" cmp -s root/tmp/stock.efi root/tmp/staging/uki.efi
    same_text "$1: nothing else is left there" uki.efi "$(ls root/tmp/staging)"
}
cp root/stock.efi root/tmp/stock.efi
"$make_pe" --signed root/tmp/stock.efi '.osrel=PRETTY_NAME="Debian 13"' '.cmdline=root=UUID=a ro' .uname=6.12
cp root/tmp/stock.efi root/tmp/staging/uki.efi
stays 'unsigned' 'the one that ukify made with them is not signed, as the first one is'
cp root/stock.efi root/tmp/stock.efi
cp root/stock.efi root/tmp/staging/uki.efi
cp root/made.efi made.efi
stock root/made.efi .profile=ID=main
stays 'no profiles' 'the one that ukify made with them has other profiles'
program ukify '# --join-profile' 'echo "ValueError: no stub" >&2; exit 3'
stays 'ukify failed' '/usr/bin/ukify failed with exit status 3: ValueError: no stub'
cp made.efi root/made.efi
echo 'rubbish' >root/tmp/staging/uki.efi
cp root/tmp/staging/uki.efi root/tmp/stock.efi
stays 'no image' 'cannot read root/tmp/staging/uki.efi: it is no PE file'
rm -f root/calls

# apply, refresh and uninstall have kernel-install make the image anew, and only where it is out of step.
program kernel-install 'if [ "$1" = add ]; then cp /made.efi /boot/efi/EFI/Linux/m-6.12.efi; fi'
expect 'refresh' 0 '' 'grub-gen: running /usr/bin/kernel-install add 6.12 /boot/vmlinuz-6.12 /boot/initrd.img-6.12
grub-gen: GPU layouts in the unified kernel images of root/boot/efi/EFI/Linux: 3' "$grub_gen" refresh --sysroot root
rm -f root/calls
expect_unchanged root 'refresh: nothing is new' 0 '' \
    'grub-gen: GPU layouts in the unified kernel images of root/boot/efi/EFI/Linux: 3' "$grub_gen" refresh --sysroot root
expect_unchanged root 'apply --dry-run after apply' 0 '' 'grub-gen: nothing would change' \
    "$grub_gen" apply --dry-run --sysroot root
"$grub_gen" doctor --sysroot root >doctor.txt 2>&1
for sentence in 'root/boot/efi/EFI/Linux has the 3 layouts of the boot table' \
    'unified kernel images can have GPU layouts; root/boot/efi/EFI/Linux has 1 of this system' \
    'the stock entries in root/boot/efi/EFI/Linux have no argument of ours'; do
    check "doctor: $sentence" grep -q "$sentence" doctor.txt
done
"$grub_gen" apply --sysroot root >/dev/null 2>&1
same_text 'apply has kernel-install make every initramfs' add-all "$(calls)"
echo 'another initramfs' >root/boot/initrd.img-6.12
"$grub_gen" doctor --sysroot root >doctor.txt 2>&1
check 'doctor: another initramfs' \
    grep -q 'uki-stale: root/boot/efi/EFI/Linux/m-6.12.efi has another initramfs than /boot for Linux 6.12' doctor.txt
expect 'boot-once for another root' 1 '' \
    "grub-gen: what systemd-boot boots is set in the machine's firmware, not in root/: run this in the system itself" \
    "$grub_gen" boot-once pass-all --sysroot root

cp root/stock.efi root/made.efi
"$grub_gen" uninstall --sysroot root 2>err.txt
same_text 'uninstall says' 'grub-gen: GPU layouts in the unified kernel images of root/boot/efi/EFI/Linux: 0' \
    "$(tail -n 1 err.txt)"
same_text 'the image after uninstall' "$before" "$(image)"
finish
