# SPDX-License-Identifier: MIT
"""What a booted guest says of its PCI functions and of who probed them."""

import base64
import gzip
import re
import time
from dataclasses import dataclass

from guest import PATIENCE

# Two commands and not one for each device: a process costs an emulated machine 50 ms.
READ_FUNCTIONS = r"""
cd /sys/bus/pci/devices
find . -mindepth 1 -maxdepth 1 -printf '%f/path:%l\n'
find */driver -maxdepth 0 -printf '%h/driver:%l\n'
grep -H '' */class */vendor */device
"""

# What initcall_debug makes the kernel log for a probe; since Linux 7.3 with the name of the driver.
_PROBED = r"probe of {}( with driver \S+)? returned "


@dataclass(frozen=True)
class Function:
    address: str
    location: str  # its place without bus numbers, the same under every firmware: pci0000:00/01.0/00.0
    device_class: str
    ids: str
    driver: str  # empty: none
    name: str  # from the PCI id database, for people


class State:
    """The functions by location, and the kernel with its log, of one boot."""

    def __init__(self, functions, kernel, command_line, log):
        self.functions = {function.location: function for function in functions}
        self.kernel = kernel
        self.command_line = command_line
        self.log = log

    @classmethod
    def read(cls, guest, done=None):
        """The state once it has come to rest, and done(state) is true if that comes within a minute.

        Drivers load and probe in the background, after the login prompt too: a state that is read too early would
        prove nothing."""
        guest.must("udevadm settle --timeout=60", 120)
        names = dict(line.split(" ", 1) for line in guest.must("lspci -D").splitlines())
        deadline = time.monotonic() + 60 * PATIENCE
        state, before = cls(cls._functions(guest, names), "", [], []), None
        while state.functions != before or (done and not done(state)):
            if time.monotonic() > deadline:
                break
            time.sleep(1)
            before, state = state.functions, cls(cls._functions(guest, names), "", [], [])
        state.kernel = guest.must("uname -r").strip()
        state.command_line = guest.must("cat /proc/cmdline").split()
        # The log is long: as it is, the serial line takes an emulated processor two seconds more.
        packed = guest.must("dmesg | gzip -1 | base64 --wrap=0")
        state.log = gzip.decompress(base64.b64decode(packed)).decode("utf-8", "replace").splitlines()
        return state

    @staticmethod
    def _functions(guest, names):
        found = {}
        for line in guest.must(READ_FUNCTIONS).splitlines():
            address, _, attribute = line.partition("/")
            key, _, value = attribute.partition(":")
            found.setdefault(address, {})[key] = value
        return [Function(address, location(values["path"]), values["class"],
                         f"{values['vendor'][2:]}:{values['device'][2:]}",
                         values.get("driver", "").rsplit("/", 1)[-1], names.get(address, ""))
                for address, values in sorted(found.items())]

    @classmethod
    def from_json(cls, data):
        functions = [Function(**function) for function in data["functions"]]
        return cls(functions, data["kernel"], data["command_line"], data["log"])

    def to_json(self):
        return {"functions": [vars(function) for function in self.functions.values()],
                "kernel": self.kernel, "command_line": self.command_line, "log": self.log}

    def of_slot(self, slot):
        """The functions of the card in a slot of the machine, function 0 first."""
        return [self.functions[place] for place in slot.card_places() if place in self.functions]

    def logged(self, *words):
        """Whether a line of the kernel's log has all these words."""
        return any(all(word in line for word in words) for line in self.log)

    def probes(self, function):
        """The lines that initcall_debug makes the kernel log for each probe of this function by any driver."""
        return [line for line in self.log if re.search(_PROBED.format(re.escape(function.address)), line)]

    def touches(self, function):
        """The log's lines in which anything but the PCI core and vfio-pci deals with this function."""
        return [line for line in self.log if function.address in line and not _is_harmless(line, function.address)]


def location(path):
    hops = path.split("/devices/", 1)[1].split("/")
    return "/".join([hops[0]] + [re.sub(r"^[0-9a-f]+:[0-9a-f]{2}:", "", hop) for hop in hops[1:]])


def _is_harmless(line, address):
    words = re.escape(address)
    return bool(
        re.search(rf"\b(pci|vfio-pci|vfio_pci) {words}: ", line)
        or re.search(r"\] (early-bind|DMAR|iommu|vfio_pci|vgaarb)\b", line)
        or re.search(_PROBED.format(words), line)
    )
