# SPDX-License-Identifier: MIT
"""The machines under test: which devices sit in which slot, and the QEMU command line that this makes.

A test changes a machine: dataclasses.replace() switches the IOMMU off, with_slot() pulls, swaps or adds a card.
"""

from dataclasses import dataclass, replace

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
# Software emulation is slow with what -cpu max has (AVX, five levels of page tables) and with code spread over the
# 1 GiB that it may keep translated: a boot took 48 s so and takes 33 s as below.
PROCESSOR = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq,+rdrand,+fsgsbase,+pdpe1gb,+svm"


@dataclass(frozen=True)
class Slot:
    """A PCI Express root port and the functions of what is plugged into it, function 0 first."""

    port: int  # the device number of the root port on the root bus: what a location is made of
    name: str
    functions: tuple  # QEMU -device texts, without bus and address
    gpu: bool = False
    # Further cards, one function each. Then a conventional PCI bridge sits in the slot with all of them behind it: one
    # IOMMU group, since the IOMMU sees the bridge's requests only.
    neighbours: tuple = ()
    attached: tuple = ()  # what hangs on the functions and is no PCI device: codecs, say

    def cards(self):
        """(QEMU's bus, location of that bus, device number, functions) of each card."""
        place = f"pci0000:00/{self.port:02x}.0"
        if not self.neighbours:
            return [(f"port{self.port}", place, 0, self.functions)]
        cards = (self.functions,) + tuple((neighbour,) for neighbour in self.neighbours)
        return [(f"bridge{self.port}", place + "/00.0", number, card) for number, card in enumerate(cards, 1)]

    def places(self):
        """The locations of everything in the slot: root port, bridge, functions."""
        bridges = [f"pci0000:00/{self.port:02x}.0"] + [f"pci0000:00/{self.port:02x}.0/00.0"] * bool(self.neighbours)
        return bridges + [place for card in range(len(self.cards())) for place in self.card_places(card)]

    def card_places(self, card=0):
        """The locations of a card's functions, function 0 first; card 0 is the slot's own, the others neighbours."""
        _, place, device, functions = self.cards()[card]
        return [f"{place}/{device:02x}.{number}" for number in range(len(functions))]

    def arguments(self):
        port = f"port{self.port}"
        line = ["-device", f"pcie-root-port,id={port},bus=pcie.0,addr={self.port:#x},chassis={self.port}"]
        if self.neighbours:
            line += ["-device", f"pcie-pci-bridge,id=bridge{self.port},bus={port},addr=0x0"]
        for bus, _, device, functions in self.cards():
            for number, function in enumerate(functions):
                many = ",multifunction=on" if number == 0 and len(functions) > 1 else ""
                line += ["-device", f"{function},bus={bus},addr={device:#x}.{number}{many}"]
        for device in self.attached:
            line += ["-device", device]
        return line


@dataclass(frozen=True)
class Direct:
    """A kernel that QEMU loads by itself, without GRUB."""

    kernel: str
    initrd: str
    command_line: str


@dataclass(frozen=True)
class Machine:
    slots: tuple
    firmware: str = "bios"  # or "ovmf"
    iommu: bool = True
    memory: str = "1536M"
    processors: int = 1
    accelerator: str = "tcg"
    disk: int = 8  # the device number of its disk on the root bus

    def gpus(self):
        return [slot for slot in self.slots if slot.gpu]

    def places(self):
        """The locations of everything that this description puts on the root bus."""
        return {place for slot in self.slots for place in slot.places()} | {f"pci0000:00/{self.disk:02x}.0"}

    def with_slot(self, *slots):
        """The machine with these slots instead of those with the same port, or added."""
        ports = {slot.port: slot for slot in self.slots + slots}
        return replace(self, slots=tuple(ports.values()))

    def arguments(self, disk, boot_disc, variables=None, transfer=None, direct=None, more_disks=None,
                  esp=None):
        """QEMU's command line without the serial lines; `transfer` is a file that the guest sees as a SATA disk,
        `more_disks` are qcow2 files by their device numbers, `esp` is one to boot instead of the boot disc."""
        # One thread for all processors: with a thread for each, QEMU can lose what wakes a processor. One that is
        # isolated has no tick to wake it later, and the kernel waits for it for minutes.
        emulated = self.accelerator == "tcg"
        accelerator = "tcg,thread=single,tb-size=256" if emulated else self.accelerator
        line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
        line += ["-cpu", PROCESSOR if emulated else "max", "-accel", accelerator]
        line += ["-m", self.memory, "-smp", str(self.processors)]
        if self.iommu:
            # Before every other device: QEMU wants the IOMMU to be there when they are plugged in.
            line += ["-machine", "q35,kernel-irqchip=split", "-device", "intel-iommu,intremap=on"]
        else:
            line += ["-machine", "q35"]
        if self.firmware == "ovmf":
            line += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}"]
            line += ["-drive", f"if=pflash,format=raw,file={variables}"]
        # The boot disc and the transfer disk are on the chipset's SATA, an ESP on the USB controller: they add no PCI
        # device to the machine. QEMU's SATA is for reading: behind an emulated IOMMU it fails with a command whose list
        # of addresses lies in two pages.
        if direct:
            line += ["-kernel", direct.kernel, "-initrd", direct.initrd, "-append", direct.command_line]
        elif not esp:
            line += ["-drive", f"if=none,id=disc,format=raw,readonly=on,media=cdrom,file={boot_disc}"]
            line += ["-device", "ide-cd,bus=ide.0,drive=disc,bootindex=1"]
        if transfer:
            line += ["-drive", f"if=none,id=transfer,format=raw,file={transfer}"]
            line += ["-device", "ide-hd,bus=ide.1,drive=transfer"]
        for number, file in {self.disk: disk, **(more_disks or {})}.items():
            line += ["-drive", f"if=none,id=disk{number},format=qcow2,cache=unsafe,file={file}"]
            boot = ",bootindex=2" if number == self.disk else ""
            line += ["-device", f"virtio-blk-pci,drive=disk{number},bus=pcie.0,addr={number:#x}{boot}"]
        line += ["-audiodev", "none,id=silent"]
        for slot in self.slots:
            line += slot.arguments()
        if esp:
            line += ["-drive", f"if=none,id=esp,format=qcow2,cache=unsafe,file={esp}"]
            line += ["-device", "usb-storage,bus=usb.0,drive=esp,bootindex=1,serial=esp"]
        return line


CARD_SOUND_AND_USB = ("ich9-intel-hda", "qemu-xhci")

# Device 1 of the root bus is free: what a test puts there moves the bus numbers of all others.
# The cards are models whose drivers are modules. virtio-vga is none of them: where virtio-pci is built in (Debian 13's
# kernel), it holds the card before any initramfs runs.
THREE_GPUS = Machine(
    slots=(
        Slot(2, "GPU 1", ("VGA",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(3, "GPU 2, identical to GPU 1", ("VGA",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(4, "GPU 3, another model", ("cirrus-vga",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(5, "network card", ("e1000e,romfile=",)),
        Slot(6, "USB controller", ("qemu-xhci,id=usb",)),
    )
)


def with_firmware(machine, firmware):
    return replace(machine, firmware=firmware)
