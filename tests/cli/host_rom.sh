#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind rom from outside: files that are judged, refusals, and what must not be written. The
# kernel's part is plain files here; tests/vm reads real ROMs.
# usage: host_rom.sh EARLY_BIND_HOST
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
host=$(absolute "$1")

# make_rom FILE VENDOR:DEVICE: an x86 image and a UEFI image of 512 bytes each.
make_rom() {
    python3 - "$1" "$2" <<'PY'
import struct, sys
vendor, device = (int(number, 16) for number in sys.argv[2].split(":"))
def image(kind, last):
    rom = bytearray(512)
    rom[0:3] = b"\x55\xaa\x01"
    rom[0x18:0x1a] = struct.pack("<H", 0x40)
    if kind == 3:
        rom[4:8], rom[10:14] = struct.pack("<I", 0xef1), struct.pack("<HH", 0x8664, 1)
    rom[0x40:0x58] = struct.pack("<4sHHHHB3sHHBBH", b"PCIR", vendor, device, 0, 0x18, 3,
                                 b"\0\0\3", 1, 0, kind, last << 7, 0)
    rom[6] = -sum(rom) & 255 if kind == 0 else 0
    return bytes(rom)
open(sys.argv[1], "wb").write(image(0, 0) + image(3, 1))
PY
}

lay_out root
card=root/sys/bus/pci/devices/0000:0b:00.0
make_rom good.rom 1002:73bf
images='1024 bytes, 2 images
    x86 BIOS      at 0x00000      512 bytes  1002:73bf
    UEFI          at 0x00200      512 bytes  1002:73bf  x86-64, compressed'
expect '--check: a file by itself' 0 "good.rom: $images" '' "$host" rom --check good.rom
expect_unchanged root '--check: a file and its card' 0 "good.rom: $images" '' \
    "$host" rom 'rx 6800' --check good.rom --sysroot root
expect_unchanged root '--check: a file and another card' 1 "good.rom: $images" \
    'early-bind: good.rom: it is made for 1002:73bf, and the card is 1002:67df' \
    "$host" rom 'rx 480' --check good.rom --sysroot root
head -c 1023 good.rom >short.rom
expect '--check: a file that was cut' 1 '' \
    'early-bind: short.rom: the image at 0x200 is 512 bytes long by its own word, and the ROM has 511 from there' \
    "$host" rom --check short.rom
expect '--check: no such file' 1 '' 'early-bind: cannot read '"$(pwd)"'/gone.rom: No such file or directory' \
    "$host" rom --check gone.rom
expect '--check: a directory' 1 '' 'early-bind: cannot read '"$(pwd)"'/root: Is a directory' \
    "$host" rom --check root
{
    printf NVGI
    head -c 508 /dev/zero
    cat good.rom
} >nvidia.rom
expect "--check: NVIDIA's header" 0 'nvidia.rom: 1536 bytes, 2 images
    x86 BIOS      at 0x00200      512 bytes  1002:73bf
    UEFI          at 0x00400      512 bytes  1002:73bf  x86-64, compressed' \
    "early-bind: warning: nvidia.rom: its first 512 bytes are NVIDIA's own header (NVGI), with which a VM cannot use it; \`tail -c +513 nvidia.rom > NEW\` cuts it off" \
    "$host" rom --check nvidia.rom
tail -c +513 nvidia.rom >cut.rom
check 'what it says cuts the header off' cmp cut.rom good.rom

usage='early-bind: name a SLOT and the FILE to write; see early-bind rom --help'
expect 'no words' 2 '' "$usage" "$host" rom
expect 'no file' 2 '' "$usage" "$host" rom 0b:00.0 --sysroot root
expect 'standard output is no file' 2 '' "$usage" "$host" rom 0b:00.0 - --sysroot root
expect 'a file to write and one to judge' 2 '' \
    'early-bind: --check takes the place of the FILE to write; see early-bind rom --help' \
    "$host" rom 0b:00.0 new.rom --check good.rom --sysroot root
expect_unchanged root 'no such card' 1 '' \
    'early-bind: no GPU fits `voodoo`; the GPUs are 0000:0b:00.0 (AMD Radeon RX 6800/6800 XT / 6900 XT) and 0000:0c:00.0 (AMD Radeon RX 470/480/570/570X/580/580X/590)' \
    "$host" rom voodoo new.rom --sysroot root
expect_unchanged root 'a card without a ROM' 1 '' \
    'early-bind: 0000:0b:00.0 has no ROM that the kernel shows; that of a GPU within the processor is part of the machine'"'"'s firmware' \
    "$host" rom 0b:00.0 new.rom --sysroot root
expect 'a recording' 1 '' \
    "early-bind: $machines/am4-x570-navi21-rx480.json is a recording of a machine: nothing can be written to it" \
    "$host" rom 0b:00.0 new.rom --sysroot "$machines/am4-x570-navi21-rx480.json"

cp good.rom "$card/rom"
cp good.rom old.rom
expect_unchanged root 'a file that is there' 1 '' \
    'early-bind: old.rom is there already; name another file, or say --force' \
    "$host" rom 0b:00.0 old.rom --sysroot root
expect_unchanged root 'what is no file' 1 '' \
    'early-bind: /dev/null is no file that a ROM could be written to' \
    "$host" rom 0b:00.0 /dev/null --force --sysroot root
mkdir -p root/sys/bus/pci/drivers/amdgpu
ln -s ../../../../bus/pci/drivers/amdgpu "$card/driver"
sed -i '1i DRIVER=amdgpu' "$card/uevent"
expect_unchanged root 'a card under its driver' 1 '' \
    'early-bind: 0000:0b:00.0 is held by the driver amdgpu, which a look at the ROM can disturb; boot a layout that passes the card, or say --force' \
    "$host" rom 0b:00.0 new.rom --sysroot root

# Plain files: the 1 that opens the ROM is what is read in the place of 55 AA.
rm "$card/driver"
sed -i 1d "$card/uevent"
echo auto >"$card/power/control"
# The firmware's copy, and no command register that says that the memory is off.
printf '\0\0\0\0\2\0' >"$card/config"
expect 'what is no ROM is not written' 1 '' \
    'early-bind: the ROM of 0000:0b:00.0 is not written: it does not begin with 55 AA, so it is no expansion ROM; --force writes it all the same' \
    "$host" rom 0b:00.0 new.rom --sysroot root
check 'no file is left' [ ! -e new.rom ]
check 'the ROM is closed again' [ "$(head -c 2 "$card/rom")" = 0 ]
check 'the card may sleep again' [ "$(cat "$card/power/control")" = auto ]
check 'the card is as little enabled as before' [ "$(cat "$card/enable")" = 0 ]
expect 'unless that is asked for' 0 'written to old.rom' \
    'early-bind: warning: it does not begin with 55 AA, so it is no expansion ROM' \
    "$host" rom 0b:00.0 old.rom --force --sysroot root
check 'then it is there' [ "$(tail -c +3 old.rom | cksum)" = "$(tail -c +3 good.rom | cksum)" ]
expect 'a directory that is not there' 1 '' \
    'early-bind: there is no directory to write gone/new.rom into' \
    "$host" rom 0b:00.0 gone/new.rom --force --sysroot root

finish
