# SPDX-License-Identifier: MIT
"""What a booted guest says of its PCI functions and of who probed them."""

import re
import time
from dataclasses import dataclass

from guest import PATIENCE

READ_FUNCTIONS = r"""
for function in /sys/bus/pci/devices/*; do
    driver=$(readlink "$function/driver") || driver=
    read -r class <"$function/class"
    read -r vendor <"$function/vendor"
    read -r device <"$function/device"
    echo "$(readlink -f "$function") $class ${vendor#0x}:${device#0x} ${driver##*/}"
done
"""


@dataclass(frozen=True)
class Function:
    address: str
    location: str  # its place without bus numbers, the same under every firmware: pci0000:00/01.0/00.0
    device_class: str
    ids: str
    driver: str  # empty: none
    name: str  # from the PCI id database, for people


class State:
    """The functions by location, and the kernel log, of one boot."""

    def __init__(self, functions, command_line, log):
        self.functions = {function.location: function for function in functions}
        self.command_line = command_line
        self.log = log

    @classmethod
    def read(cls, guest, done=None):
        """The state once it has come to rest, and done(state) is true if that comes within a minute.

        Drivers load and probe in the background, after the login prompt too: a state that is read too early would
        prove nothing."""
        guest.must("udevadm settle --timeout=60", 120)
        deadline = time.monotonic() + 60 * PATIENCE
        state, before = cls._read(guest), None
        while state.functions != before or (done and not done(state)):
            if time.monotonic() > deadline:
                break
            time.sleep(1)
            before, state = state.functions, cls._read(guest)
        return state

    @classmethod
    def _read(cls, guest):
        names = dict(line.split(" ", 1) for line in guest.must("lspci -D").splitlines())
        functions = []
        for line in guest.must(READ_FUNCTIONS).splitlines():
            path, device_class, ids, driver = (line.split(" ") + [""])[:4]
            address = path.rsplit("/", 1)[1]
            functions.append(Function(address, location(path), device_class, ids, driver, names.get(address, "")))
        return cls(functions, guest.must("cat /proc/cmdline").split(), guest.must("dmesg").splitlines())

    @classmethod
    def from_json(cls, data):
        return cls([Function(**function) for function in data["functions"]], data["command_line"], data["log"])

    def to_json(self):
        return {"functions": [vars(function) for function in self.functions.values()],
                "command_line": self.command_line, "log": self.log}

    def of_slot(self, slot):
        """The functions of what is plugged into a slot of the machine, function 0 first."""
        prefix = f"pci0000:00/{slot.port:02x}.0/"
        return [self.functions[place] for place in sorted(self.functions) if place.startswith(prefix)]

    def probes(self, function):
        """The lines that initcall_debug makes the kernel log for each probe of this function by any driver."""
        return [line for line in self.log if f"probe of {function.address} returned " in line]

    def touches(self, function):
        """The log's lines in which anything but the PCI core and vfio-pci deals with this function."""
        return [line for line in self.log if function.address in line and not _is_harmless(line, function.address)]


def location(path):
    hops = path.split("/sys/devices/", 1)[1].split("/")
    return "/".join([hops[0]] + [re.sub(r"^[0-9a-f]+:[0-9a-f]{2}:", "", hop) for hop in hops[1:]])


def _is_harmless(line, address):
    words = re.escape(address)
    return bool(
        re.search(rf"\b(pci|vfio-pci|vfio_pci) {words}: ", line)
        or re.search(r"\] (early-bind|DMAR|iommu|vfio_pci|vgaarb)\b", line)
        or re.search(rf"probe of {words} returned ", line)
    )
