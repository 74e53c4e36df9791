# SPDX-License-Identifier: MIT
"""The cases. Each is a function with the @case decorator: it boots one guest and says what it expects.

`test` is what a case works with (testcase.py): boot an entry, expect something, look into the guest.
"""

from fnmatch import fnmatch

from machine import THREE_GPUS
from testcase import Case
import grubcfg

ALL = None  # the layout that keeps no GPU
CASES = []


def case(name, suite, firmware="bios", entry=False):
    """Registers a case; entry: it is one of those that walk the menu (./demo --auto)."""

    def register(body):
        CASES.append(Case(name, suite, firmware, entry, body))
        return body

    return register


def select(pattern):
    return [found for found in CASES if fnmatch(found.name, pattern)]


# Each entry of the menu ----------------------------------------------------------------------------------------------


@case("trixie-bios-stock", "trixie", entry=True)
def stock(test):
    guest = test.boot_stock()
    state = test.expect_stock_drivers()
    test.expect(not any("early-bind" in word for word in state.command_line), "the stock entry carries no token")
    for slot in THREE_GPUS.gpus():
        for function in state.of_slot(slot):
            test.expect(state.probes(function), f"the kernel's log shows who probed {function.address} in a stock boot")
    menus = test.installed.menus
    for when in ("installed", "applied"):
        ours_away = grubcfg.without_ours(menus[when])
        test.expect_equal_text(menus["before"], ours_away, f"the stock part of the menu, {when},")
    test.expect(grubcfg.entries(menus["installed"]) == grubcfg.entries(menus["before"]), "no entry before `apply`")
    test.expect(guest.run("early-bind status").status == 0, "early-bind status agrees in the stock boot")


def walk(suite, firmware, kept):
    """The case that picks the layout which keeps the GPU number `kept` (or ALL are passed)."""
    name = f"{suite}-{firmware}-" + ("all-passed" if kept is ALL else f"keep-gpu{kept}")

    @case(name, suite, firmware, entry=True)
    def layout(test):
        test.boot_layout(kept)
        test.expect_layout(kept)


walk("trixie", "bios", 1)
walk("trixie", "bios", 2)
walk("trixie", "bios", 3)


@case("trixie-bios-all-passed", "trixie", entry=True)
def all_passed_and_a_guest_inside(test):
    guest = test.boot_layout(ALL)
    state = test.expect_layout(ALL)
    card = state.of_slot(THREE_GPUS.gpus()[0])
    command = "qemu-system-x86_64 -machine q35,accel=tcg -m 64 -nodefaults -display none -S -monitor stdio"
    for number, function in enumerate(card):
        command += f" -device vfio-pci,host={function.address},bus=pcie.0,addr=0x5.{number},rombar=0"
        command += ",multifunction=on" if number == 0 else ""
    inside = guest.run(f"printf 'info pci\\nquit\\n' | timeout 100 {command}", 120)
    test.expect(inside.status == 0, f"a guest inside starts with the whole of GPU 1; it said: {inside.output}")
    for number, function in enumerate(card):
        shown = f"device   5, function {number}:" in inside.output and function.ids in inside.output
        test.expect(shown, f"the guest inside has {function.address} ({function.ids}); it has: {inside.output}")


walk("trixie", "ovmf", 2)
walk("trixie", "ovmf", ALL)
walk("bookworm", "bios", 2)
walk("bookworm", "bios", ALL)

# Without keys, and without us ----------------------------------------------------------------------------------------


@case("trixie-bios-grub-reboot-then-purge", "trixie")
def grub_reboot_then_purge(test):
    guest = test.boot_stock()
    guest.must(f"grub-reboot '{test.menu_path(3)}'")
    test.reboot("the layout that grub-reboot asked for")
    test.expect_layout(3)
    test.expect(guest.run("dpkg --purge early-bind && update-grub", 600).status == 0, "the package can be purged")
    menu = guest.must("cat /boot/grub/grub.cfg")
    test.expect_equal_text(test.installed.menus["before"], menu, "the menu after the purge")
    left = guest.must("{ find / -xdev -name '*early-bind*' ! -path '/root/*'; lsinitramfs /initrd.img; } | "
                      "grep early-bind | grep -v early-bind-test; true", 180)
    test.expect(left == "", f"a purge leaves nothing behind; it left:\n{left}")
