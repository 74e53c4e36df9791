# SPDX-License-Identifier: MIT
"""One running virtual machine: its boot menu, its console, its root shell.

Nothing here waits without a deadline, and QEMU itself runs under timeout(1), so that neither a guest that hangs nor
a test run that is killed leaves a machine behind.
"""

import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import initrd
import machine as machines
from screen import Screen

LIFETIME = 1800  # seconds that a machine may run at all
PATIENCE = float(os.environ.get("EARLY_BIND_VM_PATIENCE", "1"))  # a slow host multiplies every deadline
ANSI = re.compile(r"\x1b\[[?0-9;]*[A-Za-z@]|\x1b[()]?[0-9A-Za-z=>]|\r")
KEY_DOWN = {"GRUB": b"v", "systemd-boot": b"j"}  # an arrow key is three bytes: GRUB takes them apart when it is slow
KEY_ENTER = b"\r"
KEY_SECONDS = {"GRUB": 2, "systemd-boot": 20}  # until a key is sent again; the firmware hands systemd-boot every key
QUIET = {"GRUB": 0.15, "systemd-boot": 1.5}  # the firmware draws a line in pieces
LOGIN_PROMPT = "early-bind-test login:"
END_OF_ANSWER = re.compile("\x1e(\\d+)\x1e$")

Answer = namedtuple("Answer", "status output")

running = set()  # the guests that end_all() has to end
ending = False


class GuestError(Exception):
    pass


class Guest:
    """Boots a throw-away copy of `disk` (a qcow2 or a raw image, which is not written to).

    keep_changes names a qcow2 file to write the changes to instead. direct is the machine.Direct to boot without GRUB;
    the files in `overlay` (initrd.py) go over those of its initrd. more_disks are further disks, which are written to.
    esp is the disk of systemd-boot, to boot from a throw-away copy of that instead of GRUB's boot disc; with
    keep_changes it is written to."""

    def __init__(self, machine, image, disk, log, keep_changes=None, transfer=None, direct=None, overlay=None,
                 more_disks=None, esp=None):
        self.loader = "systemd-boot" if esp else "GRUB"
        self.log_path = Path(log)
        self.log = open(self.log_path, "wb")
        self.folder = Path(tempfile.mkdtemp(prefix="early-bind-vm."))
        self.process = None
        self.lines = {}
        try:
            changes = keep_changes or self.folder / "disk.qcow2"
            make_overlay(disk, changes)
            variables = None
            if machine.firmware == "ovmf":
                variables = shutil.copy(machines.OVMF_VARS, self.folder / "variables.fd")
            if direct and overlay:
                direct = replace(direct, initrd=initrd.join(direct.initrd, overlay, self.folder / "initrd.img"))
            if esp and not keep_changes:
                make_overlay(esp, self.folder / "esp.qcow2")
                esp = self.folder / "esp.qcow2"
            command = machine.arguments(changes, Path(image) / "boot.iso", variables, transfer, direct, more_disks, esp)
            self._start(command)
        except BaseException:
            self.close()
            raise

    def _start(self, command):
        servers = {}
        for name in ("console", "channel", "monitor"):
            path = str(self.folder / name)
            servers[name] = socket.socket(socket.AF_UNIX)
            servers[name].bind(path)
            servers[name].listen(1)
            command += ["-chardev", f"socket,id={name},path={path}"]
        command += ["-serial", "chardev:console", "-serial", "chardev:channel", "-mon", "chardev=monitor"]
        self.new_boot()
        if ending:
            raise GuestError("the run was interrupted")
        self.errors = open(self.folder / "qemu.err", "w+b")
        self.process = subprocess.Popen(
            ["timeout", "--kill-after=5", str(int(LIFETIME * PATIENCE))] + command,
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        running.add(self)
        for name, server in servers.items():
            server.settimeout(1)
            deadline = time.monotonic() + 30 * PATIENCE
            while name not in self.lines:
                try:
                    self.lines[name] = server.accept()[0]
                except socket.timeout:
                    self._must_run("to start")
                    if time.monotonic() > deadline:
                        raise GuestError(f"QEMU did not open its {name} line") from None
            self.lines[name].setblocking(False)
            server.close()

    def new_boot(self):
        """Forgets what the console and the shell said so far: the machine boots (again)."""
        self.screen = Screen()
        self.console = ""
        self.answer = ""
        self.started = time.monotonic()

    # The console ---------------------------------------------------------------------------------------------------

    def wait(self, seconds, what, done):
        """Reads what the machine says until done() is true; its value is returned."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            self._read(0.2)
            value = done()
            if value:
                return value
            self._must_run(f"while the test waited for {what}")
            if time.monotonic() > deadline:
                raise GuestError(f"waited {seconds * PATIENCE:.0f} s in vain for {what}{self._last_words()}")

    def pick(self, *titles):
        """Boots the menu entry with the last title, through the sub-menus with the titles before it."""
        for title in titles:
            self.wait(90, f"the menu of {self.loader}", lambda: self.screen.shows_menu(self.loader))
            self._settle()
            self._move_to(title)
            self.screen.clear()
            drawn = len(self.console)
            self._press(KEY_ENTER, 5, lambda: len(self.console) > drawn)

    def _move_to(self, title):
        seen = []
        while True:
            shown = self.screen.highlighted()
            # A title that is wider than the screen is cut.
            if shown == title or (len(shown or "") > 60 and title.startswith(shown)):
                return
            if seen and shown == seen[-1]:
                raise GuestError(f"the menu has no entry '{title}'; it has: " + "; ".join(seen))
            seen.append(shown)
            self._press(KEY_DOWN[self.loader], KEY_SECONDS[self.loader],
                        lambda: self.screen.highlighted() not in (shown, None))
            self._settle(QUIET[self.loader])

    def _press(self, key, seconds, happened):
        """Presses a key of the menu until something happened. OVMF's own terminal driver reads the same serial line,
        so that the loader does not get every key."""
        for _ in range(6):
            self._send("console", key)
            deadline = time.monotonic() + seconds * PATIENCE
            while time.monotonic() < deadline:
                self._read(0.05)
                if happened():
                    return

    def _settle(self, quiet=0.15):
        """Lets the loader finish what it draws: nothing comes for so many seconds. The firmware draws on every line."""
        heard = time.monotonic()
        while time.monotonic() - heard < quiet:
            if self._read(quiet):
                heard = time.monotonic()
            self._must_run("while the menu was drawn")

    def unlock(self, passphrase):
        """Types the passphrase that the initramfs asks for."""
        self.wait(240, "the question for the passphrase", lambda: "Please unlock disk" in self.console)
        self._send("console", passphrase.encode() + b"\r")

    def wait_login(self):
        """Waits for the login prompt and for the root shell; returns the seconds since the machine started."""
        self.wait(240, "the login prompt", self._prompted)
        seconds = time.monotonic() - self.started
        self.wait(60, "the shell on the second serial line", lambda: "command-channel-ready\n" in self.answer)
        return seconds

    def _prompted(self):
        text = ANSI.sub("", self.console[-20000:])
        if "end Kernel panic" in text:
            raise GuestError("the guest's kernel panicked" + self._last_words())
        return LOGIN_PROMPT in text

    # The shell -----------------------------------------------------------------------------------------------------

    def run(self, command, seconds=60):
        """Runs a shell command as root; its exit status, and its output with its errors."""
        text = f"(\n{command}\n) </dev/null 2>&1; printf '\\036%d\\036' $?\n".encode()
        if len(text) > 3500:
            raise ValueError("too long for the line buffer of a terminal; write a script into the guest")
        self.answer = ""
        self._send("channel", text)
        found = self.wait(seconds, f"the end of '{command}'", lambda: END_OF_ANSWER.search(self.answer))
        return Answer(int(found.group(1)), self.answer[: found.start()])

    def must(self, command, seconds=60):
        """run(), for a command that has to succeed; returns its output."""
        status, output = self.run(command, seconds)
        if status != 0:
            raise GuestError(f"'{command}' ended with status {status}:\n{output}")
        return output

    def reboot(self):
        self.new_boot()
        self._send("channel", b"systemctl reboot\n")

    def power_off(self):
        self._send("channel", b"systemctl poweroff\n")
        deadline = time.monotonic() + 90 * PATIENCE
        while self.process.poll() is None:
            self._read(0.2)
            if time.monotonic() > deadline:
                raise GuestError("the machine did not power off" + self._last_words())
        self.close()

    # The wires -----------------------------------------------------------------------------------------------------

    def _send(self, name, data):
        self.lines[name].settimeout(10)
        self.lines[name].sendall(data)
        self.lines[name].setblocking(False)

    def _read(self, seconds):
        """Takes in what came on any line; true when something came on the console."""
        heard = False
        for line in select.select(list(self.lines.values()), [], [], seconds)[0]:
            try:
                data = line.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                self.lines = {name: other for name, other in self.lines.items() if other is not line}
                line.close()
                continue
            text = data.decode("utf-8", "replace")
            if line is self.lines.get("console"):
                heard = True
                self.log.write(data)
                self.log.flush()
                self.console += text
                self.screen.feed(text)
            elif line is self.lines.get("channel"):
                self.answer += text
        return heard

    def _must_run(self, when):
        if self.process.poll() is not None:
            self.errors.seek(0)
            said = self.errors.read().decode("utf-8", "replace").strip()
            raise GuestError(f"QEMU ended (status {self.process.returncode}) {when}: {said}{self._last_words()}")

    def _last_words(self):
        tail = [line for line in ANSI.sub("", self.console[-6000:]).splitlines() if line.strip()][-12:]
        words = "\n".join("    | " + line for line in tail)
        if self.answer:
            words += "\n  the shell said last:\n    | " + self.answer[-500:].replace("\n", "\n    | ")
        return f"; the console's last lines (all of them: {self.log_path}):\n{words}"

    def close(self):
        running.discard(self)
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        for line in self.lines.values():
            line.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def end_all():
    """Ends every machine and lets no new one start: the run was interrupted."""
    global ending
    ending = True
    for guest in list(running):
        guest.process.terminate()


def make_overlay(disk, overlay):
    """A qcow2 file that holds the changes to `disk` and nothing else."""
    kind = "qcow2" if str(disk).endswith(".qcow2") else "raw"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", kind, "-b", str(Path(disk).resolve()),
                    str(overlay)], check=True)
