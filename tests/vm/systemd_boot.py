# SPDX-License-Identifier: MIT
"""The guest with systemd-boot as its loader: made once from the installed one, by make-systemd-boot, and then kept.
And that guest with unified kernel images instead of entry files: made once from it, by make-uki.

The folder holds what installed.py has, with a disk of its own, and
    esp.qcow2       the EFI system partition: systemd-boot, the kernel, the entries
    entries.json    the text of each file in loader/entries as kernel-install and our plug-in left them
    profiles.json   or, of each unified kernel image, what its entries are: id, title and command line
"""

import hashlib
import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import grubcfg
from guest import Guest
from installed import STOCK_TITLE, Installed, made_once, run_step
from machine import THREE_GPUS, Direct

HERE = Path(__file__).resolve().parent
ENTRIES = "/boot/efi/loader/entries"
OURS = "a-early-bind-"
PRINT_ENTRIES = f"cd {ENTRIES} && for file in *.conf; do printf '== %s\\n' \"$file\"; cat \"$file\"; done"
# The entries as systemd itself reads them out of the image.
PRINT_PROFILES = ("bootctl list --json=short | python3 -c 'import json, sys\nfor e in json.load(sys.stdin):\n"
                  "  if e[\"type\"] == \"type2\": print(e[\"id\"], e[\"title\"], e[\"options\"], sep=\"\\t\")'")
ESP_SIZE = "512M"
# The names sda and sdb change from boot to boot.
ESP_DISK = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_esp-0:0"
TRANSFER_DISK = "/dev/disk/by-path/pci-0000:00:1f.2-ata-2"


class SystemdBoot(Installed):
    def __init__(self, image, folder):
        super().__init__(image, folder)
        self.esp = folder / "esp.qcow2"
        self.entries = json.loads((folder / "entries.json").read_text())


class Uki(SystemdBoot):
    """The guest with unified kernel images; entries are those of its only one."""

    def __init__(self, image, folder):
        super().__init__(image, folder)
        self.profiles = json.loads((folder / "profiles.json").read_text())


def parse_profiles(text):
    """What PRINT_PROFILES prints: for each entry of the image id, title and command line; the first is the stock one."""
    return [dict(zip(("id", "title", "options"), line.split("\t"))) for line in text.splitlines()]


def parse_entries(text):
    """What PRINT_ENTRIES prints: a dictionary, file name -> list of (key, value)."""
    entries = {}
    for line in text.splitlines():
        if line.startswith("== "):
            current = entries.setdefault(line[3:], [])
        elif line and not line.startswith("#"):
            current.append(tuple(line.split(maxsplit=1)))
    return entries


def make_systemd_boot(installed, results):
    recipe = hashlib.sha256(installed.folder.name.encode())
    for source in ("systemd_boot.py", "make-systemd-boot"):
        recipe.update((HERE / source).read_bytes())
    folder = made_once(installed.folder.parent, "systemd-boot", recipe, lambda building: _build(installed, building),
                       results)
    return SystemdBoot(installed.image, folder)


def make_uki(systemd_boot, results):
    recipe = hashlib.sha256(systemd_boot.folder.name.encode() + (HERE / "make-uki").read_bytes())
    folder = made_once(systemd_boot.folder.parent, "uki", recipe, lambda building: _build_uki(systemd_boot, building),
                       results)
    return Uki(systemd_boot.image, folder)


def _build(installed, folder):
    esp = folder / "esp.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", esp, ESP_SIZE], check=True)
    arguments = _stock_arguments(installed)
    with _changed(installed, folder, "make-systemd-boot") as (guest, steps):
        run_step(guest, steps, "systemd-boot", f"/root/make-systemd-boot {ESP_DISK} '{arguments}'", 600)
        entries = parse_entries(run_step(guest, steps, "entries", PRINT_ENTRIES))
        (folder / "entries.json").write_text(json.dumps(entries, indent=1))


def _build_uki(systemd_boot, folder):
    with _changed(systemd_boot, folder, "make-uki") as (guest, steps):
        run_step(guest, steps, "unified kernel image", "/root/make-uki", 1200)
        profiles = parse_profiles(run_step(guest, steps, "profiles", PRINT_PROFILES))
        (folder / "profiles.json").write_text(json.dumps(profiles, indent=1))
        (folder / "entries.json").write_text("{}")


def _stock_arguments(installed):
    return " ".join(grubcfg.find(grubcfg.entries(installed.menus["applied"]), STOCK_TITLE).arguments)


@contextmanager
def _changed(installed, folder, script):
    """Boots the guest's stock entry with `script` in /root, and keeps in `folder` what is done to it."""
    shutil.copytree(installed.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.log", "disk.qcow2"))
    transfer = folder / "transfer.tar"
    subprocess.run(["tar", "-C", HERE, "-cf", transfer, script], check=True)
    direct = Direct(installed.kernel, installed.initrd, _stock_arguments(installed))
    with open(folder / "steps.log", "w", encoding="utf-8") as steps, Guest(
            THREE_GPUS, installed.image, installed.disk, folder / "console.log", folder / "disk.qcow2", transfer,
            direct, esp=folder / "esp.qcow2") as guest:
        steps.write(f"== boot of the stock entry: {guest.wait_login():.1f} s\n")
        run_step(guest, steps, "transfer", f"tar -C /root -xf {TRANSFER_DISK} {script}")
        yield guest, steps
        guest.power_off()
    transfer.unlink()
