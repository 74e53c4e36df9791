# SPDX-License-Identifier: MIT
"""What a case is, and what it can ask of its guest.

A case goes on after an expectation that failed, so that one boot tells everything; it fails at its end."""

import difflib
import json
import time
from dataclasses import dataclass, replace
from typing import Callable

import grubcfg
import initrd
from guest import Guest
from installed import STOCK_TITLE
from machine import THREE_GPUS, Direct, with_firmware
from state import State

SUBMENU_ID, SUBMENU_TITLE = "early-bind", "GPU layouts"
ALL = None  # the layout that keeps no GPU
STOCK = "stock"  # no layout: the distribution's own entry
EVERY_KERNEL = ("trixie", "bookworm", "trixie-backports")  # 6.12, 6.1, 7.x
GPU1, GPU2, GPU3 = THREE_GPUS.gpus()
CASES = []


def places(*slots):
    """The locations of the functions of the cards in these slots."""
    return {place for slot in slots for place in slot.card_places()}


@dataclass(frozen=True)
class Case:
    name: str
    suite: str
    firmware: str
    entry: bool
    root: str
    loader: str
    initramfs: str
    body: Callable


def case(name, *suites, firmware="bios", entry=False, root="", loader="GRUB", initramfs="initramfs-tools"):
    """Registers a case, once for each suite; entry: it is one of those that walk the menu (./demo --auto); root: on
    that root file system (roots.py) instead of ext4; loader, initramfs: what boots there, for the table
    (tests/combinations)."""

    def register(body):
        CASES.extend(Case(f"{suite}-{firmware}-{name}", suite, firmware, entry, root, loader, initramfs, body)
                     for suite in suites)
        return body

    return register


class Test:
    def __init__(self, case, installed, results, accelerator="tcg"):
        self.case = case
        self.installed = installed
        self.machine = replace(with_firmware(THREE_GPUS, case.firmware), accelerator=accelerator,
                               disk=installed.disk_slot)
        self.log = results / f"{case.name}.log"
        self.guest = None
        self.failures = []
        self.boots = []  # seconds from power-on or reboot to the login prompt
        self.entry_title = ""
        self.state = None  # of the functions, at the end of the latest boot
        self.status = None  # early-bind status --json, parsed; empty when that is no JSON
        self.status_code = None  # and its exit status

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
        if self.state:
            self.log.with_suffix(".devices").write_text(self.table() + "\n")
            self.log.with_suffix(".dmesg").write_text("\n".join(self.state.log) + "\n")

    # Booting -------------------------------------------------------------------------------------------------------

    def boot_stock(self, transfer=None):
        return self.boot(STOCK_TITLE, transfer=transfer)

    def boot_layout(self, kept):
        """Picks the layout that keeps the GPU number `kept`, None for all passed, in the menu."""
        entry = self.menu_entry(kept)
        return self.boot(*entry.menu, entry.title)

    def boot(self, *titles, transfer=None):
        self.guest = Guest(self.machine, self.installed.image, self.installed.disk, self.log, transfer=transfer,
                           esp=self.installed.esp)
        return self._pick(titles)

    def reboot_to(self, *titles):
        """Reboots, and picks an entry in the menu."""
        self.guest.reboot()
        return self._pick(titles)

    def _pick(self, titles):
        self.entry_title = titles[-1]
        self.guest.pick(*titles)
        if self.installed.passphrase:
            self.guest.unlock(self.installed.passphrase)
        self._booted()
        return self.guest

    def boot_direct(self, kept, fault="", files=None, add=(), drop=()):
        """Boots what the entry of a layout (or STOCK) boots, but with QEMU in GRUB's place.

        fault: a shell script that runs in the initramfs ahead of early-bind; files: path -> text of more files to put
        over the initramfs; add, drop: kernel arguments more, and the beginnings of those to leave out."""
        entries = grubcfg.entries(self.installed.menus["applied"])
        entry = grubcfg.find(entries, STOCK_TITLE) if kept == STOCK else self.menu_entry(kept)
        arguments = [word for word in entry.arguments if not word.startswith(tuple(drop))] + list(add)
        self.entry_title = f"{entry.title} (without GRUB)"
        overlay = {**(files or {}), **(initrd.fault(fault) if fault else {})}
        direct = Direct(self.installed.kernel, self.installed.initrd, " ".join(arguments))
        self.guest = Guest(self.machine, self.installed.image, self.installed.disk, self.log, direct=direct,
                           overlay=overlay)
        self._booted()
        if fault:
            self.expect(self.state.logged(initrd.FAULT_RAN), f"the fault is in place; its script said: {self.fault()}")
        return self.guest

    def fault(self):
        """What the fault's script said."""
        return [line.split("] fault: ", 1)[1] for line in self.state.log if "] fault: " in line]

    def reboot(self, title):
        self.entry_title = title
        self.guest.reboot()
        self._booted()

    def _booted(self):
        self.boots.append(self.guest.wait_login())
        self.read_state()

    def read_state(self):
        """Looks at the guest as it is now."""
        self.state = State.read(self.guest, self._all_driven)
        self.status_code, output = self.guest.run("early-bind status --json")
        try:
            self.status = json.loads(output)
        except ValueError:
            self.status = {}

    def _all_driven(self, state):
        """Whatever has a driver in the stock boot has one now, its own or vfio-pci."""
        return all(function.driver for function in state.functions.values() if self._stock_driver(function))

    def codes(self):
        """Every code that the report has, of the boot and of single functions."""
        entries = self.status.get("reasons", []) + self.status.get("functions", [])
        return sorted({entry["code"] for entry in entries} - {"ok"})

    def on_vfio(self):
        """The functions that vfio-pci holds."""
        return [function for function in self.state.functions.values() if function.driver == "vfio-pci"]

    # The layouts: what our tool says, held against what we know of the machine ---------------------------------------

    def profile(self, kept):
        """The scan's profile that keeps GPU number `kept`, None: that keeps none."""
        slots = THREE_GPUS.gpus()  # what `grub-gen apply` saw, whatever this machine has
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

    def iommu_arguments(self, kept):
        """What a layout's entry adds to the kernel's arguments besides early-bind's own."""
        stock = grubcfg.find(grubcfg.entries(self.installed.menus["applied"]), STOCK_TITLE).arguments
        return [word for word in self.menu_entry(kept).arguments
                if word not in stock and not word.startswith("early-bind.")]

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

    def expect_derived(self, menu, kernels=None):
        """In a grub.cfg of this guest: our entries are those of its kernels, each for each profile, in this order; each
        is the stock entry with its own title and id, and our arguments behind the stock ones. Returns our entries.

        kernels: what kernels there have to be, the newest first; None: that does not matter."""
        entries = grubcfg.entries(menu)
        ours = [entry for entry in entries if entry.menu[:1] == (SUBMENU_TITLE,)]
        stock = [entry for entry in entries if entry.id.startswith("gnulinux-") and "-recovery-" not in entry.id]
        found = list(dict.fromkeys(entry.kernel_version() for entry in stock))
        self.expect(found == (kernels or found) and found, f"the stock menu has the kernels {kernels}; it has {found}")
        profiles = [profile["name"] for profile in self.installed.scan["profiles"]
                    if profile["status"] in ("ok", "no-group")]
        wanted = [f"early-bind-{profile}-{kernel}" for kernel in found for profile in profiles]
        ids = [entry.id for entry in ours]
        self.expect(ids == wanted and ids, f"our sub-menu has the entries {wanted}; it has {ids}")
        for entry, (kernel, profile) in zip(ours, [(kernel, name) for kernel in found for name in profiles]):
            same = [other for other in stock if other.kernel_version() == kernel]
            self._expect_copy(entry, same, profile, kernel if kernel != found[0] else "")
        return ours

    def _expect_copy(self, entry, stock, profile, kernel):
        """entry is that of all these stock entries, which are of one kernel, but for our arguments."""
        for other in stock:
            self.expect(len(other.lines("linux")) == len(other.lines("initrd")) == 1, f"{other.id} has its two lines")
            added = entry.lines("linux")[0].removeprefix(other.lines("linux")[0]).split(" ")
            self.expect(added[0] == "", f"the linux line of {entry.id} begins with all of\n{other.lines('linux')[0]}\n"
                                        f"it is\n{entry.lines('linux')[0]}")
            tokens = [f"early-bind.profile={profile}", f"early-bind.rev={self.installed.boot_table.split()[-1]}"]
            rest = [word for word in added[1:] if word not in ("intel_iommu=on", "iommu=pt")]
            self.expect(rest == tokens, f"the linux line of {entry.id} ends with {tokens}; what it adds is {added[1:]}")
            self.expect_equal_text("\n".join(other.lines("initrd")), "\n".join(entry.lines("initrd")),
                                   f"the initrd line of {entry.id}")
            self.expect(entry.options == other.options, f"the options of {entry.id} are {other.options}; they are "
                                                        f"{entry.options}")
        # The first entry of a menu with sub-menus leaves out a line of text.
        whole = [[line for line in each.body if line not in each.lines("linux", "savedefault")]
                 for each in (stock[-1], entry)]
        self.expect_equal_text("\n".join(whole[0]), "\n".join(whole[1]), f"the rest of {entry.id}")
        self.expect(entry.title.startswith(f"Linux {kernel}: ") if kernel else not entry.title.startswith("Linux "),
                    f"the title of {entry.id} names the kernel unless it is the newest; it is {entry.title}")

    def expect_layout(self, kept):
        """The whole promise of a menu entry, for the layout that keeps GPU number `kept` (None: all are passed)."""
        state, profile = self.state, self.profile(kept)
        passed = places(*(slot for number, slot in enumerate(self.machine.gpus(), 1) if number != kept))
        # The tool may not vouch for itself: its bind set has to be the one that the machine's description gives.
        stock = self.installed.stock.functions
        own = sorted(stock[place].address for place in passed)
        self.expect(profile["bind"] == own, f"profile {profile['name']} binds {own}; grub-gen says {profile['bind']}")
        token = f"early-bind.profile={profile['name']}"
        self.expect(token in state.command_line, f"the kernel was given {token}; it was given {state.command_line}")
        # Under OVMF the console stands on the boot display's framebuffer.
        released = ["framebuffer-released"] if self.machine.firmware == "ovmf" and kept != 1 else []
        self.expect_end("done", *released, passed=passed)
        for place in sorted(passed):
            self.expect_untouched(state.functions[place])
        return state

    def expect_end(self, outcome, *codes, passed=(), new=None):
        """The whole end state of a boot: the report's outcome and codes, the exit status, each function's driver.

        passed: the locations that vfio-pci holds; new: location -> driver of devices unlike any in the stock boot."""
        found = self.status.get("outcome"), self.codes()
        self.expect(found == (outcome, sorted(codes)),
                    f"the outcome is {outcome} with the codes {sorted(codes)}; it is {found[0]} with {found[1]}"
                    + "".join(f"\n{reason['code']}: {reason['text']}" for reason in self.status.get("reasons", [])))
        agrees = outcome in (None, "done", "off", "dry-run")
        self.expect(self.status_code == (0 if agrees else 1) and self.status.get("agrees") is agrees,
                    f"early-bind status says that the end state is{'' if agrees else ' not'} what was asked for; it "
                    f"ended with {self.status_code}")
        now = sorted(entry["address"] for entry in self.status.get("functions", [])
                     if entry["driver_now"] == "vfio-pci")
        held = sorted(function.address for function in self.on_vfio())
        self.expect(now == held, f"early-bind status names what vfio-pci holds, {held}; it names {now}")
        self._expect_drivers(set(passed), new)

    def functions(self, key):
        """location -> what the report says of that function under a key."""
        return {entry["location"]: entry[key] for entry in self.status.get("functions", [])}

    def _expect_drivers(self, passed, new=None):
        """vfio-pci holds exactly `passed`; every other function has the driver of the stock boot."""
        now, wanted_places = self.state.functions, self._places()
        self.expect(wanted_places == set(now),
                    f"the devices are those of the machine; not in both: {wanted_places ^ set(now)}")
        self.expect(passed <= set(now), f"what is to be passed is there; missing: {passed - set(now)}")
        for place in sorted(now):
            wanted = "vfio-pci" if place in passed else (new or {}).get(place, self._stock_driver(now[place]))
            found = now[place].driver
            self.expect(found == wanted, f"{now[place].address} ({place}) has driver '{wanted}'; it has '{found}'")

    def _places(self):
        """The locations of this machine's devices: those of the stock boot, but for what was changed."""
        return set(self.installed.stock.functions) - THREE_GPUS.places() | self.machine.places()

    def _stock_driver(self, function):
        """What drives such a function in the stock boot: that in the same place, or one moved here; None: no such."""
        stock = self.installed.stock.functions
        same = [other for other in (stock.get(function.location), *stock.values())
                if other and other.ids == function.ids]
        return same[0].driver if same else None

    def expect_untouched(self, function):
        """From the kernel's log: vfio-pci's probe was the first and only one, and no other driver spoke of it."""
        probes = self.state.probes(function)
        self.expect(len(probes) == 1 and " returned 0 " in probes[0],
                    f"{function.address} was probed once and with success; the log says: {probes}")
        touches = self.state.touches(function)
        self.expect(not touches, f"only the PCI core and vfio-pci deal with {function.address}; the log says: {touches}")

    def expect_a_guest_inside_has(self, card):
        """QEMU in the guest starts with all functions of a card: the word of vfio's real client. It maps their BARs."""
        command = "qemu-system-x86_64 -machine q35,accel=tcg -m 64 -nodefaults -display none -S -monitor stdio"
        for number, function in enumerate(card):
            command += f" -device vfio-pci,host={function.address},bus=pcie.0,addr=0x5.{number},rombar=0"
            command += ",multifunction=on" if number == 0 else ""
        inside = self.guest.run(f"printf 'info pci\\nquit\\n' | timeout 100 {command}", 120)
        self.expect(inside.status == 0, f"a guest inside starts with the whole card; it said: {inside.output}")
        for number, function in enumerate(card):
            shown = f"device   5, function {number}:" in inside.output and function.ids in inside.output
            self.expect(shown, f"the guest inside has {function.address} ({function.ids}); it has: {inside.output}")

    # Tables --------------------------------------------------------------------------------------------------------

    def end(self):
        """What the last boot came to: kernel, outcome, codes, how many functions vfio-pci holds."""
        if not self.state or self.status is None:
            return "", "", "", ""
        kernel = self.state.kernel.split("-")[0].split("+")[0]
        return kernel, self.status.get("outcome") or "-", " ".join(self.codes()) or "-", str(len(self.on_vfio()))

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
