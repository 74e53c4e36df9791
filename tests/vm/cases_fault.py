# SPDX-License-Identifier: MIT
"""Cases in which something goes wrong in the initramfs before early-bind runs, or under its hands.

The faults are shell scripts (initrd.py). They run with klibc's commands and `set -e`."""

import re
import time
from dataclasses import replace

from guest import PATIENCE
import initrd
from testcase import EVERY_KERNEL, GPU1, GPU2, GPU3, STOCK, case, places

DEVICES = "/sys/bus/pci/devices"

# Waits half a minute for files to be there.
AWAIT = """
await() {
    for path; do
        tries=0
        until [ -e "$path" ]; do
            tries=$((tries + 1))
            [ $tries -lt 30 ]
            sleep 1
        done
    done
}
"""


def address(test, slot, number):
    return test.installed.stock.functions[f"{slot.card_places()[0][:-1]}{number}"].address


# Drivers that were faster ---------------------------------------------------------------------------------------------


@case("sound-and-usb-drivers-first", "trixie")
def sound_and_usb_drivers_first(test):
    card = replace(GPU1, functions=GPU1.functions + ("usb-ehci",))
    test.machine = test.machine.with_slot(card)
    held = [f"{DEVICES}/{address(test, slot, number)}/driver" for slot in (GPU1, GPU3) for number in (1, 2)]
    held.append(f"{DEVICES}/{address(test, GPU1, 0)[:-1]}3/driver")
    test.boot_direct(2, AWAIT + f"modprobe -a snd-hda-intel xhci-pci ehci-pci\nawait {' '.join(held)}")
    test.expect_end("done", passed=places(card, GPU3), new={card.card_places()[3]: "ehci-pci"})
    wanted = {place: driver for slot in (card, GPU3)
              for place, driver in zip(slot.card_places(), (None, "snd_hda_intel", "xhci_hcd", "ehci-pci"))}
    before = test.functions("driver_before")
    test.expect(before == wanted, f"the drivers before were {wanted}; the report has {before}")


@case("gpu-drivers-first", *EVERY_KERNEL)
def gpu_drivers_first(test):
    held = [f"{DEVICES}/{address(test, slot, 0)}/driver" for slot in (GPU1, GPU3)]
    # Linux 6.15 has another name for the driver of the Cirrus card.
    load = "modprobe bochs\nmodprobe cirrus || modprobe cirrus-qemu\n"
    test.boot_direct(2, AWAIT + load + f"await {' '.join(held)}")
    test.expect_end("refused", "too-late")


@case("no-vfio-pci-in-the-image", *EVERY_KERNEL)
def no_vfio_pci(test):
    test.boot_direct(2, "nuke /lib/modules/*/kernel/drivers/vfio")
    deadline = time.monotonic() + 60 * PATIENCE
    while test.status.get("outcome") == "deferred" and time.monotonic() < deadline:
        time.sleep(1)
        test.read_state()
    test.expect_end("done", passed=places(GPU1, GPU3))
    test.expect(test.state.logged("early-bind", "deferred"), "the kernel's log says that the boot deferred the binding")
    for place in sorted(places(GPU1, GPU3)):
        test.expect_untouched(test.state.functions[place])


# The firmware's framebuffer -------------------------------------------------------------------------------------------

SHOW_FRAMEBUFFER = """
while read -r line; do
    case $line in
    *efifb* | *vesafb* | *simple* | *BOOTFB* | *0000:01:00.0*) echo "iomem $line" ;;
    esac
done </proc/iomem
for device in /sys/bus/platform/devices/*framebuffer*; do
    echo "framebuffer ${device##*/} is driven by $(readlink "$device/driver")"
done
"""


@case("framebuffer-passed", *EVERY_KERNEL, firmware="ovmf")
def framebuffer_passed(test):
    # The boot display is passed while the console stands on the framebuffer that the firmware left there.
    guest = test.boot_direct(2, SHOW_FRAMEBUFFER)
    test.expect(any(re.match(r"framebuffer \S+ is driven by .*/\S+", line) for line in test.fault()),
                f"a driver held the framebuffer before; there was {test.fault()}")
    ranges = [(int(start, 16), int(end, 16), name) for line in test.fault()
              for start, end, name in re.findall(r"^iomem (\w+)-(\w+) : (.*)", line)]
    card = [entry for entry in ranges if entry[2].startswith("0000:")]
    inside = [entry for entry in ranges if entry not in card
              and any(bar[0] <= entry[0] and entry[1] <= bar[1] for bar in card)]
    test.expect(inside, f"the framebuffer lay in GPU 1 before; there was {test.fault()}")
    test.expect_end("done", "framebuffer-released", passed=places(GPU1, GPU3))
    left = guest.run("grep -iE 'efifb|vesafb|simplefb|simpledrm|BOOTFB' /proc/iomem").output
    test.expect(left == "", f"nobody holds memory of the framebuffer after; /proc/iomem has: {left}")
    test.expect_a_guest_inside_has(test.state.of_slot(GPU1))
    log = guest.must("dmesg").splitlines()
    complaints = [line for line in log if re.search(r"vfio.*(can't reserve|BAR \d)", line)]
    test.expect(not complaints, f"the guest inside got the card's memory; the log says: {complaints}")


@case("framebuffer-of-no-vga-passed", "trixie", firmware="ovmf")
def framebuffer_of_no_vga_passed(test):
    # From a display that is no VGA vfio-pci does not take the framebuffer: what is gone after, early-bind released.
    test.machine = test.machine.with_slot(replace(GPU1, functions=("bochs-display,edid=off",) + GPU1.functions[1:]))
    arguments = test.iommu_arguments(2) + [f"early-bind.keep={GPU2.card_places()[0]}"]
    guest = test.boot_direct(STOCK, SHOW_FRAMEBUFFER + "nuke /var/lib/early-bind/boot-table", add=arguments)
    test.expect(any(re.match(r"framebuffer \S+ is driven by .*/\S+", line) for line in test.fault()),
                f"a driver held the framebuffer before; there was {test.fault()}")
    test.expect_end("done", "framebuffer-released", passed=places(GPU1, GPU3))
    left = guest.run("grep -iE 'efifb|BOOTFB' /proc/iomem").output
    test.expect(left == "", f"nobody holds memory of the framebuffer after; /proc/iomem has: {left}")


@case("framebuffer-kept", "trixie", firmware="ovmf")
def framebuffer_kept(test):
    # Each profile gets the record that `framebuffer = "keep"` makes.
    records = re.sub(r"(?m)^(profile .*)$", r"\1\nframebuffer keep", test.installed.boot_table)
    table = initrd.sealed(records)
    test.boot_direct(2, files={"var/lib/early-bind/boot-table": table}, drop=["early-bind.rev="])
    test.expect_end("done", "framebuffer-kept", passed=places(GPU1, GPU3))


# Binds that fail, or hang ---------------------------------------------------------------------------------------------


@case("bind-hangs", *EVERY_KERNEL)
def bind_hangs(test):
    test.boot_direct(2, "modprobe vfio-pci\nmkfifo /hang\nmount -o bind /hang /sys/bus/pci/drivers/vfio-pci/bind")
    test.expect_end("partial", "deadline")
    test.expect(test.state.logged("deadline", f"{address(test, GPU1, 0)}: bind to vfio-pci"), "the bind was what hung")


@case("kernel-hangs-in-unbind", "trixie")
def kernel_hangs_in_unbind(test):
    # Taking snd_hda_intel away waits in the kernel, and no signal ends it, for as long as somebody has the sound card
    # open.
    sound, usb = "ich9-intel-hda,id=sound", GPU1.functions[2]
    test.machine = test.machine.with_slot(
        replace(GPU1, functions=(GPU1.functions[0], sound, usb), attached=("hda-duplex,bus=sound.0,audiodev=silent",)))
    hold = "(exec 3</dev/snd/controlC0 >/dev/null 2>&1; sleep 25) &"
    test.boot_direct(2, AWAIT + f"modprobe snd-hda-intel\nawait /dev/snd/controlC0\n{hold}\nsleep 1")
    other = {place for place in places(GPU3) if test.state.functions[place].driver == "vfio-pci"}
    test.expect(other in (set(), places(GPU3)), f"GPU 3 is complete or untouched; vfio-pci holds {other}")
    test.expect_end("partial", "deadline", passed=other)
    test.expect(test.state.logged("deadline", f"{address(test, GPU1, 1)}: unbind from snd_hda_intel"),
                "the unbind was what hung")


@case("override-fails", *EVERY_KERNEL)
def override_fails(test):
    test.boot_direct(2, f"mount -o bind /dev/full {DEVICES}/{address(test, GPU1, 1)}/driver_override")
    test.expect_end("partial", "override-failed", "group-undone", passed=places(GPU3))


@case("bind-fails", "trixie")
def bind_fails(test):
    test.boot_direct(2, "modprobe vfio-pci\nmount -o bind /dev/full /sys/bus/pci/drivers/vfio-pci/bind")
    test.expect_end("partial", "bind-failed", "group-undone")
