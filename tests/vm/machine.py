# SPDX-License-Identifier: MIT
"""The machines under test: which devices sit in which slot, and the QEMU command line that this makes.

A test changes a machine with dataclasses.replace(): swap two slots, pull a card, switch the IOMMU off.
"""

from dataclasses import dataclass, replace

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"


@dataclass(frozen=True)
class Slot:
    """A PCI Express root port and the functions of what is plugged into it, function 0 first."""

    port: int  # the device number of the root port on the root bus: what a location is made of
    name: str
    functions: tuple  # QEMU -device texts, without bus and address
    gpu: bool = False


@dataclass(frozen=True)
class Machine:
    slots: tuple
    firmware: str = "bios"  # or "ovmf"
    iommu: bool = True
    memory: str = "1536M"
    processors: int = 1
    accelerator: str = "tcg"

    def gpus(self):
        return [slot for slot in self.slots if slot.gpu]

    def arguments(self, disk, boot_disc, variables=None, transfer=None):
        """QEMU's command line without the serial lines; `transfer` is a file the guest sees as /dev/sda."""
        chipset = f"q35,accel={self.accelerator}"
        line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-cpu", "max"]
        line += ["-m", self.memory, "-smp", str(self.processors)]
        if self.iommu:
            # Before every other device: QEMU wants the IOMMU to be there when they are plugged in.
            line += ["-machine", chipset + ",kernel-irqchip=split", "-device", "intel-iommu,intremap=on"]
        else:
            line += ["-machine", chipset]
        if self.firmware == "ovmf":
            line += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}"]
            line += ["-drive", f"if=pflash,format=raw,file={variables}"]
        # The boot disc and the transfer disk are on the chipset's SATA: they add no PCI device to the machine.
        line += ["-drive", f"if=none,id=disc,format=raw,readonly=on,media=cdrom,file={boot_disc}"]
        line += ["-device", "ide-cd,bus=ide.0,drive=disc,bootindex=1"]
        if transfer:
            line += ["-drive", f"if=none,id=transfer,format=raw,file={transfer}"]
            line += ["-device", "ide-hd,bus=ide.1,drive=transfer"]
        line += ["-drive", f"if=none,id=disk,format=qcow2,cache=unsafe,file={disk}"]
        line += ["-device", "virtio-blk-pci,drive=disk,bus=pcie.0,addr=0x8,bootindex=2"]
        for slot in self.slots:
            port = f"port{slot.port}"
            line += ["-device", f"pcie-root-port,id={port},bus=pcie.0,addr={slot.port:#x},chassis={slot.port}"]
            for number, function in enumerate(slot.functions):
                many = ",multifunction=on" if number == 0 and len(slot.functions) > 1 else ""
                line += ["-device", f"{function},bus={port},addr=0x0.{number}{many}"]
        return line


CARD_SOUND_AND_USB = ("ich9-intel-hda", "qemu-xhci")

# The cards are models whose drivers are modules. virtio-vga is none of them: where virtio-pci is built in (Debian 13's
# kernel), it holds the card before any initramfs runs.
THREE_GPUS = Machine(
    slots=(
        Slot(1, "GPU 1", ("VGA",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(2, "GPU 2, identical to GPU 1", ("VGA",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(3, "GPU 3, another model", ("cirrus-vga",) + CARD_SOUND_AND_USB, gpu=True),
        Slot(4, "network card", ("e1000e,romfile=",)),
        Slot(5, "USB controller", ("qemu-xhci",)),
    )
)


def with_firmware(machine, firmware):
    return replace(machine, firmware=firmware)
