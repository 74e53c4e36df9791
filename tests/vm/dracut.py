# SPDX-License-Identifier: MIT
"""Initramfs images that dracut makes of an installed guest: made once, by make-dracut, and then kept.

dracut takes an emulated processor minutes, so it runs on this machine, in the guest's own root file system as a chroot:
with its packages, its kernel's modules, our package and its boot table. What it makes then takes the place of the image
that the guest's menu names.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import grubcfg
from installed import STOCK_TITLE, made_once

HERE = Path(__file__).resolve().parent
MODES = ("systemd", "shell")  # what PID 1 of the initramfs is
PATH = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def make_images(installed, results):
    """The folder with MODE.img of each mode."""
    recipe = hashlib.sha256(installed.folder.name.encode())
    for source in ("dracut.py", "make-dracut"):
        recipe.update((HERE / source).read_bytes())
    name = "dracut-" + installed.folder.name.removeprefix("installed-").rsplit("-", 1)[0]
    return made_once(installed.folder.parent, name, recipe, lambda building: _build(installed, building), results)


@contextmanager
def disk_with(image, installed):
    """A copy of the guest's disk in which the newest kernel has another initramfs; gone with the context."""
    with tempfile.TemporaryDirectory(prefix="early-bind-vm.") as folder:
        disk = _raw(installed.disk, Path(folder) / "disk.raw")
        path = grubcfg.find(grubcfg.entries(installed.menus["applied"]), STOCK_TITLE).initrd
        commands = f"rm {path}\nwrite {image} {path}\n"
        subprocess.run(["debugfs", "-w", "-f", "-", disk], input=commands, text=True, env=PATH,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        yield disk


def _build(installed, folder):
    disk, tree = _raw(installed.disk, folder / "disk.raw"), folder / "tree"
    tree.mkdir()
    try:
        # Whoever is not root cannot give the files their owners; dracut's images do not ask for that.
        subprocess.run(["debugfs", "-R", f"rdump / {tree}", disk], env=PATH, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        unshare = ["unshare", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
        with open(folder / "dracut.log", "w", encoding="utf-8") as log:
            subprocess.run(unshare + [HERE / "make-dracut", tree, *MODES], stdout=log, stderr=log, check=True)
        for mode in MODES:
            shutil.move(tree / "root" / f"{mode}.img", folder)
    finally:
        shutil.rmtree(tree)
        disk.unlink()


def _raw(disk, raw):
    subprocess.run(["qemu-img", "convert", "-O", "raw", disk, raw], check=True)
    return raw
