# SPDX-License-Identifier: MIT
"""A guest at work: what is typed in it, Xorg on its screen, QEMU inside with the passed cards."""

import json
import re
from datetime import datetime

from guest import PATIENCE

XORG_LOG = "/var/log/Xorg.0.log"
XORG_SAYS = ("Using system config directory", "|-->Device", "adding GPU devices", "using drv")


class Console:
    """What a person would type at the guest's console. CASE.transcript has it, with what it said."""

    def __init__(self, test):
        self.test = test
        self.file = open(test.log.with_suffix(".transcript"), "w", encoding="utf-8")

    def note(self, text):
        self.file.write(text.rstrip("\n") + "\n")
        self.file.flush()

    def title(self, text):
        self.note(f"\n=== {datetime.now():%H:%M:%S} {text} ===\n")

    def type(self, command, seconds=60):
        """Exit status and output of a command."""
        answer = self.test.guest.run(command, seconds)
        ended = f"[exit status {answer.status}]\n" if answer.status else ""
        self.note(f"# {command}\n{answer.output.rstrip()}\n{ended}")
        return answer

    def must(self, command, seconds=60):
        """type(), of which it is expected that it succeeds."""
        answer = self.type(command, seconds)
        self.test.expect(answer.status == 0,
                         f"'{command}' succeeds; it ended with status {answer.status}:\n{answer.output}")
        return answer.output


def await_in(guest, condition, seconds):
    """Waits in the guest until a shell command, one without single quotes, succeeds; whether it did."""
    limit = seconds * PATIENCE
    return guest.run(f"timeout {limit:.0f} sh -c 'until {condition}; do sleep 0.2; done'", seconds + 30).status == 0


# Xorg ------------------------------------------------------------------------------------------------------------------


def choose_desktop(guest):
    """What the installation of a display manager does: it is started in each boot from now on."""
    guest.must("ln -s desktop.service /etc/systemd/system/display-manager.service && systemctl daemon-reload")


def expect_desktop_on(console, function, *others):
    """Xorg runs, told by early-bind, on the GPU `function`: its log says so, and so do the files that it has open. Returns
    its process. others: GPUs that the host has besides, which Xorg has as further outputs."""
    test, guest = console.test, console.test.guest
    await_in(guest, "systemctl is-active -q display-manager || systemctl is-failed -q display-manager", 90)
    up = guest.run("systemctl is-active -q display-manager").status == 0
    pid = guest.must("systemctl show --property=MainPID --value display-manager").strip()
    said = guest.run(f"cat {XORG_LOG}").output
    if not up:
        status = guest.run("SYSTEMD_COLORS=0 systemctl status display-manager").output
        raise AssertionError(f"Xorg did not come up:\n{status}\n{said}")
    lines = [re.sub(r"^\[ *[0-9.]+\] ", "", line) for line in said.splitlines()]
    shown = "\n".join(line for line in lines if any(word in line for word in XORG_SAYS))
    console.note(f"# less {XORG_LOG}   (what it says of cards)\n{shown}\n")
    nodes = console.type(f"find /proc/{pid}/fd -lname '/dev/dri/*' -printf '%l\\n' | sort -u").output.split()
    cards = {node: guest.must(f"basename $(readlink -f /sys/class/drm/{node.rsplit('/', 1)[-1]}/device)").strip()
             for node in nodes}
    console.note("".join(f"{node} is of {address}\n" for node, address in cards.items()))
    wanted = sorted(gpu.address for gpu in (function, *others))
    test.expect(sorted(cards.values()) == wanted,
                f"Xorg (process {pid}) has the DRM devices of {wanted} open and no other; it has {cards}")
    screens = dict(re.findall(r"modeset\((G?[0-9])\): using drv (\S+)", said))
    test.expect(cards.get(screens.get("0")) == function.address and len(screens) == len(wanted),
                f"Xorg's log says that its screen is on {function.address}; it says {screens}")
    test.expect('|-->Device "early-bind"' in said, f"Xorg's log has early-bind's device; it says:\n{shown}")
    return pid


# QEMU ------------------------------------------------------------------------------------------------------------------


class Inside:
    """QEMU in the guest, with the arguments that `early-bind export` prints; asked in QMP through two pipes."""

    PIPE = "/run/inside"

    def __init__(self, console, options):
        self.console, self.guest, self.asked = console, console.test.guest, 0
        self.guest.must("rm -f {0}.*; mkfifo {0}.in {0}.out".format(self.PIPE))
        self.pid = console.must(
            f'eval "exec qemu-system-x86_64 $(early-bind export qemu {options})" -chardev pipe,id=qmp,path={self.PIPE} '
            f"-mon chardev=qmp,mode=control >{self.PIPE}.log 2>&1 &\necho $!").strip()
        self.guest.must(f"cat {self.PIPE}.out >>{self.PIPE}.said 2>&1 &")
        self._ask("qmp_capabilities")

    def _ask(self, command, **arguments):
        """What QMP returns for a command."""
        self.asked += 1
        question = json.dumps({"execute": command, "id": self.asked, "arguments": arguments})
        self.guest.must(f": >{self.PIPE}.said")
        # Without a reader at the other end, because QEMU has ended, the first would wait for ever.
        self.guest.run(f"timeout 60 sh -c 'echo \"$1\" >{self.PIPE}.in' sh '{question}'", 90)
        await_in(self.guest, f"grep -q \"\\\"id\\\": {self.asked}[,}}]\" {self.PIPE}.said", 60)
        for line in self.guest.run(f"cat {self.PIPE}.said").output.splitlines():
            try:
                answer = json.loads(line)
            except ValueError:
                continue
            if answer.get("id") == self.asked:
                return answer["return"]
        raise AssertionError(f"QEMU inside does not answer {question}; it said: "
                             + self.guest.run(f"tail -n 20 {self.PIPE}.log {self.PIPE}.said").output)

    def monitor(self, line):
        """What QEMU's monitor answers to a line."""
        return self._ask("human-monitor-command", **{"command-line": line}).replace("\r", "")

    def expect_has(self, functions):
        """It runs, its firmware has found these functions of the host, and it has no others."""
        test = self.console.test
        wanted = sorted(function.ids for function in functions)
        test.guest.wait(90, f"the firmware inside to find {wanted}", lambda: self._found(functions) == wanted)
        for line in ("info status", "info pci"):
            self.console.note(f"(qemu) {line}\n{self.monitor(line).rstrip()}\n")
        status = self._ask("query-status")["status"]
        test.expect(status == "running", f"QEMU inside is running; it is {status}")
        hosts = re.findall(r'host = "([0-9a-f:.]+)"', self.monitor("info qtree"))
        self.console.note("(qemu) info qtree   (vfio-pci devices)\n" + "".join(f"host = {host}\n" for host in hosts))
        test.expect(sorted(hosts) == sorted(function.address for function in functions),
                    f"QEMU inside has {[function.address for function in functions]}; it has {hosts}")

    def _found(self, functions):
        """The kinds of these that lie behind root ports. Until the firmware has numbered the buses none does."""
        text = self.monitor("info pci")
        found = re.findall(r"Bus +([0-9]+), device +0, function [0-9]:\n.*PCI device ([0-9a-f:]+)", text)
        kinds = {function.ids for function in functions}
        return sorted(ids for bus, ids in found if bus != "0" and ids in kinds)

    def end(self):
        self._ask("quit")
        gone = await_in(self.guest, f"! test -e /proc/{self.pid}", 60)
        self.console.test.expect(gone, "QEMU inside ends when it is told to")
