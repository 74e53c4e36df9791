# SPDX-License-Identifier: MIT
"""What a case is, and what it can ask of its guest.

A case goes on after an expectation that failed, so that one boot tells everything; it fails at its end."""

import difflib
import time
from dataclasses import dataclass, replace
from typing import Callable

import grubcfg
from guest import Guest
from installed import STOCK_TITLE
from machine import THREE_GPUS, with_firmware
from state import State

SUBMENU_ID, SUBMENU_TITLE = "early-bind", "GPU layouts"


@dataclass(frozen=True)
class Case:
    name: str
    suite: str
    firmware: str
    entry: bool
    body: Callable


class Test:
    def __init__(self, case, installed, results, accelerator="tcg"):
        self.case = case
        self.installed = installed
        self.machine = replace(with_firmware(THREE_GPUS, case.firmware), accelerator=accelerator)
        self.log = results / f"{case.name}.log"
        self.guest = None
        self.failures = []
        self.boots = []  # seconds from power-on or reboot to the login prompt
        self.entry_title = ""
        self.state = None

    def run(self):
        begun = time.monotonic()
        try:
            self.case.body(self)
        except Exception as error:  # whatever went wrong, the other cases go on
            self.failures.append(f"{type(error).__name__}: {error}")
        finally:
            if self.guest:
                self.guest.close()
        self.seconds = time.monotonic() - begun
        if self.failures and self.state:
            self.log.with_suffix(".dmesg").write_text("\n".join(self.state.log) + "\n")

    # Booting -------------------------------------------------------------------------------------------------------

    def boot_stock(self):
        return self.boot(STOCK_TITLE)

    def boot_layout(self, kept):
        """Picks the layout that keeps the GPU number `kept`, None for all passed, in the menu."""
        entry = self.menu_entry(kept)
        return self.boot(*entry.menu, entry.title)

    def boot(self, *titles):
        self.entry_title = titles[-1]
        self.guest = Guest(self.machine, self.installed.image, self.installed.disk, self.log)
        self.guest.pick(*titles)
        self._booted()
        return self.guest

    def reboot(self, title):
        self.entry_title = title
        self.guest.reboot()
        self._booted()

    def _booted(self):
        self.boots.append(self.guest.wait_login())
        self.state = State.read(self.guest, self._all_driven)

    def _all_driven(self, state):
        """Whatever has a driver in the stock boot has one now, its own or vfio-pci."""
        return all(state.functions[place].driver for place, stock in self.installed.stock.functions.items()
                   if stock.driver and place in state.functions)

    # The layouts: what our tool says, held against what we know of the machine ---------------------------------------

    def profile(self, kept):
        """The scan's profile that keeps GPU number `kept`, None: that keeps none."""
        slots = self.machine.gpus()
        keep = [] if kept is None else [self.installed.stock.of_slot(slots[kept - 1])[0].address]
        found = [profile for profile in self.installed.scan["profiles"] if profile["keep"] == keep]
        if len(found) != 1:
            raise AssertionError(f"grub-gen scan has {len(found)} profiles that keep exactly {keep}, not one")
        return found[0]

    def menu_entry(self, kept):
        """The newest kernel's entry for a layout, from the menu that the guest's update-grub wrote."""
        prefix = f"early-bind-{self.profile(kept)['name']}-"
        entries = grubcfg.entries(self.installed.menus["applied"])
        kernels = [word for entry in entries for word in [entry.id] if word.startswith("gnulinux-")]
        found = [entry for entry in entries if entry.id.startswith(prefix) and entry.menu[:1] == (SUBMENU_TITLE,)
                 and any(entry.id[len(prefix):] in kernel for kernel in kernels)]
        if not found:
            raise AssertionError(f"the menu has no entry with an id {prefix}KERNEL in a sub-menu '{SUBMENU_TITLE}'; "
                                 f"it has {[(entry.menu, entry.id) for entry in entries]}")
        return found[0]

    def menu_path(self, kept):
        return f"{SUBMENU_ID}>{self.menu_entry(kept).id}"

    # Expectations --------------------------------------------------------------------------------------------------

    def expect(self, true, sentence):
        if not true:
            self.failures.append(f"not true: {sentence}")

    def expect_equal_text(self, wanted, found, what):
        if wanted != found:
            lines = difflib.unified_diff(wanted.splitlines(), found.splitlines(), "wanted", "found", lineterm="", n=1)
            self.failures.append(f"{what} differs:\n" + "\n".join(list(lines)[:60]))

    def expect_stock_drivers(self):
        self._expect_drivers(passed=set())
        return self.state

    def expect_layout(self, kept):
        """The whole promise of a menu entry, for the layout that keeps GPU number `kept` (None: all are passed)."""
        state, profile = self.state, self.profile(kept)
        passed = {function.location for number, slot in enumerate(self.machine.gpus(), 1) if number != kept
                  for function in state.of_slot(slot)}
        # The tool may not vouch for itself: its bind set has to be the one that the machine's description gives.
        stock = self.installed.stock.functions
        own = sorted(stock[place].address for place in passed)
        self.expect(profile["bind"] == own, f"profile {profile['name']} binds {own}; grub-gen says {profile['bind']}")
        token = f"early-bind.profile={profile['name']}"
        self.expect(token in state.command_line, f"the kernel was given {token}; it was given {state.command_line}")
        self._expect_drivers(passed)
        for place in sorted(passed):
            self._expect_untouched(state.functions[place])
        status = self.guest.run("early-bind status")
        self.expect(status.status == 0, f"early-bind status ends with 0; it ended with {status.status}: {status.output}")
        return state

    def _expect_drivers(self, passed):
        """vfio-pci holds exactly `passed`; every other function has the driver of the stock boot."""
        stock, now = self.installed.stock.functions, self.state.functions
        self.expect(set(stock) == set(now), f"the devices are those of the stock boot; not in both: {set(stock) ^ set(now)}")
        for place in sorted(set(stock) & set(now)):
            wanted = "vfio-pci" if place in passed else stock[place].driver
            found = now[place].driver
            self.expect(found == wanted, f"{now[place].address} ({place}) has driver '{wanted}'; it has '{found}'")

    def _expect_untouched(self, function):
        """From the kernel's log: vfio-pci's probe was the first and only one, and no other driver spoke of it."""
        probes = self.state.probes(function)
        self.expect(len(probes) == 1 and " returned 0 " in probes[0],
                    f"{function.address} was probed once and with success; the log says: {probes}")
        touches = self.state.touches(function)
        self.expect(not touches, f"only the PCI core and vfio-pci deal with {function.address}; the log says: {touches}")

    # Tables --------------------------------------------------------------------------------------------------------

    def table(self):
        """Device, driver in the stock boot, driver now: for people."""
        lines = [f"entry: {self.entry_title}", f"{'device':<58} {'stock boot':<16} now"]
        for place, function in sorted(self.state.functions.items(), key=lambda item: item[1].address):
            before = self.installed.stock.functions.get(place)
            device = f"{function.address[5:]} {function.name}"
            was = before.driver if before else "(not there)"
            mark = "  <-- passed" if function.driver == "vfio-pci" else ""
            lines.append(f"{device[:57]:<58} {was or '-':<16} {function.driver or '-'}{mark}")
        return "\n".join(lines)
