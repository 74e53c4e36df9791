# SPDX-License-Identifier: MIT
"""A guest with the package installed and applied, made once per image and package and then kept.

The folder holds:
    disk.qcow2              the guest; a test boots throw-away copies of it
    stock.json              the machine as the stock entry booted it before the package was there
    menu.before             grub.cfg before the package was there
    menu.installed          after it was installed, not yet applied
    menu.applied            after `grub-gen apply`
    scan.json               what `grub-gen scan --json` said
    vmlinuz, initrd.img     its newest kernel, for boots without GRUB
    boot-table              /var/lib/early-bind/boot-table
    console.log, steps.log  the console, and each step with its seconds and its output
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import grubcfg
from guest import Guest
from machine import THREE_GPUS
from state import State

HERE = Path(__file__).resolve().parent
STOCK_TITLE = "Debian GNU/Linux"
TABLE = "/var/lib/early-bind/boot-table"
PACKAGE = "/root/early-bind.deb"  # where the guest has it
KEPT = 3  # folders of a name: a package under development is a new one at each build


class Installed:
    def __init__(self, image, folder):
        self.image = image
        self.folder = folder
        self.disk = folder / "disk.qcow2"
        self.stock = State.from_json(json.loads((folder / "stock.json").read_text()))
        self.menus = {name: (folder / f"menu.{name}").read_text() for name in ("before", "installed", "applied")}
        self.scan = json.loads((folder / "scan.json").read_text())
        self.kernel, self.initrd = folder / "vmlinuz", folder / "initrd.img"
        self.boot_table = (folder / "boot-table").read_text()
        self.disk_slot, self.passphrase = THREE_GPUS.disk, ""  # where the disk is, and what opens it
        self.esp = None  # the disk of systemd-boot, where that is the loader


def image(suite):
    """The folder of a suite's guest, built if need be."""
    return Path(subprocess.run([HERE / "image", suite], stdout=subprocess.PIPE, text=True, check=True).stdout.strip())


def install(suite, package, results):
    """The guest of `suite` with the Debian package `package` in it."""
    base = image(suite)
    recipe = hashlib.sha256(base.name.encode() + Path(package).read_bytes())
    for source in ("installed.py", "machine.py", "state.py"):
        recipe.update((HERE / source).read_bytes())
    folder = made_once(base.parent, f"installed-{suite}", recipe, lambda building: _build(base, Path(package), building),
                       results)
    return Installed(base, folder)


def made_once(cache, name, recipe, build, results):
    """The folder of a guest in the cache: build(folder) fills it, unless that was done for this recipe, a hash."""
    folder = cache / f"{name}-{recipe.hexdigest()[:12]}"
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            building = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache))
            try:
                build(building)
                building.rename(folder)
            finally:
                if building.is_dir():
                    shutil.copytree(building, Path(results) / f"failed-{name}", dirs_exist_ok=True,
                                    ignore=shutil.ignore_patterns("*.qcow2"))
                    shutil.rmtree(building)
            _forget_old(cache, name)
    return folder


def run_step(guest, steps, name, command, seconds=300):
    """Runs a command that has to succeed; its seconds and its output go to the file `steps`."""
    begun = time.monotonic()
    status, output = guest.run(command, seconds)
    steps.write(f"== {name}: {time.monotonic() - begun:.1f} s, status {status}: {command}\n{output}\n")
    steps.flush()
    if status != 0:
        raise RuntimeError(f"{name}: '{command}' ended with status {status}:\n{output}")
    return output


def all_gpus_driven(state):
    """Each function of each GPU has its driver, without which there would be nothing to take away from it."""
    places = [place for slot in THREE_GPUS.gpus() for place in slot.card_places()]
    return all(place in state.functions and state.functions[place].driver for place in places)


def _build(base, package, folder):
    transfer = folder / "transfer.tar"
    subprocess.run(["tar", "-C", package.resolve().parent, "-cf", transfer, package.name], check=True)
    with open(folder / "steps.log", "w", encoding="utf-8") as steps, Guest(
            THREE_GPUS, base, base / "disk.img", folder / "console.log", folder / "disk.qcow2", transfer) as guest:

        def step(name, command, seconds=300):
            return run_step(guest, steps, name, command, seconds)

        guest.pick(STOCK_TITLE)
        steps.write(f"== boot of the stock entry: {guest.wait_login():.1f} s\n")
        stock = State.read(guest, all_gpus_driven)
        if not all_gpus_driven(stock):
            raise RuntimeError(f"a function of a GPU has no driver in the stock boot: {stock.functions}")
        (folder / "stock.json").write_text(json.dumps(stock.to_json()))
        (folder / "menu.before").write_text(step("menu before", "cat /boot/grub/grub.cfg"))
        step("transfer", f"tar -C /root -xf /dev/sda {package.name} && mv /root/{package.name} {PACKAGE}")
        step("installation", f"DEBIAN_FRONTEND=noninteractive dpkg -i {PACKAGE}")
        step("update-grub", "update-grub")
        (folder / "menu.installed").write_text(step("menu as installed", "cat /boot/grub/grub.cfg"))
        (folder / "scan.json").write_text(step("scan", "grub-gen scan --json 2>/dev/null"))
        step("apply", "grub-gen apply", 600)
        (folder / "menu.applied").write_text(step("menu as applied", "cat /boot/grub/grub.cfg"))
        guest.power_off()
    transfer.unlink()
    stock = grubcfg.find(grubcfg.entries((folder / "menu.applied").read_text()), STOCK_TITLE)
    _take_out(folder, {stock.kernel: "vmlinuz", stock.initrd: "initrd.img", TABLE: "boot-table"})


def _take_out(folder, files):
    """Copies files out of the guest's disk, which is a file system without a partition table."""
    disk = folder / "disk.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", folder / "disk.qcow2", disk], check=True)
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for source, target in files.items():
        subprocess.run(["debugfs", "-R", f"dump {source} {target}", disk], cwd=folder, env={**os.environ, "PATH": path},
                       stderr=subprocess.DEVNULL, check=True)
        if not (folder / target).stat().st_size:  # debugfs itself ends with 0 whatever happens
            raise RuntimeError(f"{source} could not be copied out of the guest's disk")
    disk.unlink()


def _forget_old(cache, name):
    # Twelve characters of hash: "trixie" is the beginning of another suite's name.
    folders = sorted(cache.glob(f"{name}-{'?' * 12}/"), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
        Path(f"{folder}.lock").unlink(missing_ok=True)
