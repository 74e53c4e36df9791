# SPDX-License-Identifier: MIT
"""The guest on other root file systems: made once from the installed one, by make-root, and then kept.

The folder holds a folder for each KIND with what installed.py has: the disk, the stock boot, what `grub-gen scan` said,
the boot table and the menu. The last three are the work of that root's own tools, in a chroot, from one boot.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

import grubcfg
from guest import Guest
from installed import STOCK_TITLE, Installed, made_once, run_step
from machine import THREE_GPUS, Direct

HERE = Path(__file__).resolve().parent
# Each on a disk of its own, at the place where its boot finds it: the storage guard names that.
DISKS = {"btrfs": 9, "lvm": 10, "luks": 11, "luks-lvm": 12}
PASSPHRASE = "early-bind"
DISK_SIZE = "2G"


class Root(Installed):
    def __init__(self, image, folder, kind):
        super().__init__(image, folder)
        self.kind = kind
        self.disk_slot = DISKS[kind]
        self.passphrase = PASSPHRASE if kind.startswith("luks") else ""


def make_roots(installed, results):
    """A dictionary: KIND -> its Root."""
    recipe = hashlib.sha256(installed.folder.name.encode())
    for source in ("roots.py", "make-root"):
        recipe.update((HERE / source).read_bytes())
    folder = made_once(installed.folder.parent, "roots", recipe, lambda building: _build(installed, building), results)
    return {kind: Root(installed.image, folder / kind, kind) for kind in DISKS}


def _build(installed, folder):
    disks = {}
    for kind, number in DISKS.items():
        (folder / kind).mkdir()
        disks[number] = folder / kind / "disk.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disks[number], DISK_SIZE], check=True)
    transfer = folder / "transfer.tar"
    subprocess.run(["tar", "-C", HERE, "-cf", transfer, "make-root"], check=True)
    stock = grubcfg.find(grubcfg.entries(installed.menus["applied"]), STOCK_TITLE)
    direct = Direct(installed.kernel, installed.initrd, " ".join(stock.arguments))
    with open(folder / "steps.log", "w", encoding="utf-8") as steps, Guest(
            THREE_GPUS, installed.image, installed.disk, folder / "console.log", transfer=transfer, direct=direct,
            more_disks=disks) as guest:
        steps.write(f"== boot of the stock entry: {guest.wait_login():.1f} s\n")
        # The self-test of its instructions takes five seconds, and ciphers without them minutes.
        run_step(guest, steps, "AES", "tar -C /root -xf /dev/sda make-root && modprobe aesni_intel")
        for letter, kind in zip("bcde", DISKS):
            run_step(guest, steps, kind, f"/root/make-root {kind} /dev/vd{letter} '{PASSPHRASE}'", 600)
            for name in ("menu.applied", "scan.json", "boot-table"):
                (folder / kind / name).write_text(run_step(guest, steps, name, f"cat /root/{kind}/{name}"))
            for name in ("stock.json", "menu.before", "menu.installed"):
                shutil.copy(installed.folder / name, folder / kind)
        guest.power_off()
    transfer.unlink()
