# SPDX-License-Identifier: MIT
"""Cases of what people set up in GRUB: our entries are to follow it, and to be the cause of no failure."""

import subprocess
import tempfile
from pathlib import Path

import grubcfg
from testcase import SUBMENU_TITLE, case

MENU = "/boot/grub/grub.cfg"
SETTINGS = "/etc/default/grub.d/zz-case.cfg"
PASSWORD = "/etc/grub.d/01_password"
OTHER_SYSTEM = "Another System"


@case("grub-settings", "trixie")
def grub_settings(test):
    """One guest, since a boot is dear: one setting after the other, and two of the menus booted."""
    disk = other_system(test.log.with_suffix(".disk"))
    guest = test.boot_stock(transfer=disk)
    disk.unlink()  # QEMU has it open
    menu = test.installed.menus["applied"]
    recovery = [entry.id for entry in grubcfg.entries(menu) if "-recovery-" in entry.id]
    test.expect(recovery, "the stock menu has an entry for recovery")
    test.expect_derived(menu)
    expect_no_cause(test)

    set_password(guest)
    menu = menu_with(guest, "GRUB_DISABLE_SUBMENU=true", "GRUB_DEFAULT=saved", "GRUB_SAVEDEFAULT=true",
                     "GRUB_DISABLE_RECOVERY=true", "GRUB_DISABLE_OS_PROBER=false", unrestricted=True)
    saved = expect_flat_saved_unrestricted(test, menu)
    guest.must(f"grub-set-default '{saved}'")
    entry = test.menu_entry(2)
    test.reboot_to(SUBMENU_TITLE, entry.title)
    test.expect_layout(2)
    found = guest.must("grub-editenv list").split()
    test.expect(f"saved_entry={saved}" in found, f"the saved entry is still {saved}; GRUB's environment is {found}")

    menu = menu_with(guest, "GRUB_DISABLE_OS_PROBER=true", unrestricted=False)
    ours = test.expect_derived(menu)
    test.expect(not any("--unrestricted" in entry.options for entry in ours) and submenu_line(menu) and
                "--unrestricted" not in submenu_line(menu), "neither our entries nor the sub-menu are unrestricted")
    guest.reboot()
    guest.pick(SUBMENU_TITLE)
    guest.wait(30, "GRUB's question for a user", lambda: "Enter username:" in guest.console)


def menu_with(guest, *settings, unrestricted=False):
    """The menu that update-grub writes with these settings, and with the distribution's entries unrestricted or not."""
    change = "s/^CLASS=\"/&--unrestricted /" if unrestricted else "s/--unrestricted //"
    guest.must(f"printf '%s\\n' {' '.join(settings)} >{SETTINGS} && sed -i '{change}' /etc/grub.d/10_linux")
    guest.must("update-grub", 120)
    return guest.must(f"cat {MENU}")


def set_password(guest):
    secret = guest.must("printf 'secret\\nsecret\\n' | grub-mkpasswd-pbkdf2 --iteration-count=1000", 60).split()[-1]
    script = f"cat <<EOF\\nset superusers=\"root\"\\npassword_pbkdf2 root {secret}\\nEOF\\n"
    guest.must(f"printf '#!/bin/sh\\n{script}' >{PASSWORD} && chmod +x {PASSWORD}")


def submenu_line(menu):
    """The head of our sub-menu."""
    return "".join(line for line in menu.splitlines() if line.startswith(f"submenu '{SUBMENU_TITLE}'"))


def expect_flat_saved_unrestricted(test, menu):
    """No sub-menu but ours, savedefault in stock entries, a free sub-menu, entries of the other system; the id of a
    stock entry is returned."""
    entries = grubcfg.entries(menu)
    ours = test.expect_derived(menu)
    stock = [entry for entry in entries if entry.id.startswith("gnulinux-")]
    test.expect(stock and not any(entry.menu for entry in stock), "the stock entries are in no sub-menu")
    test.expect(not any("-recovery-" in entry.id for entry in stock), "there is none for recovery")
    test.expect(all(entry.lines("savedefault") for entry in stock), "each stock entry saves itself as the default")
    test.expect(not any(entry.lines("savedefault") for entry in ours), "none of ours does")
    test.expect(all("--unrestricted" in entry.options for entry in stock + ours), "all entries are free to boot")
    test.expect("--unrestricted" in submenu_line(menu), f"our sub-menu is free to open; it is {submenu_line(menu)}")
    test.expect("superusers=" in menu, "the menu has a password")
    other = [entry for entry in entries if entry.id.startswith("osprober-")]
    test.expect(other and all(OTHER_SYSTEM in entry.title or OTHER_SYSTEM in entry.menu[0] for entry in other),
                f"os-prober found {OTHER_SYSTEM}; its entries are {[(entry.menu, entry.title) for entry in other]}")
    return stock[0].id


def expect_no_cause(test):
    """A script of somebody else that fails: update-grub fails as it does without us, and the old menu stays."""
    guest = test.guest
    script = "/etc/grub.d/43_foreign"
    guest.must(f"printf '#!/bin/sh\\necho it is broken >&2\\nexit 1\\n' >{script} && chmod +x {script}")
    before = guest.must(f"cat {MENU}")
    ours = guest.run("update-grub", 120)
    test.expect(ours.status != 0 and "it is broken" in ours.output,
                f"update-grub fails for the foreign script; it ended with {ours.status} and said:\n{ours.output}")
    test.expect_equal_text(before, guest.must(f"cat {MENU}"), "the menu after update-grub failed")
    guest.must("chmod -x /etc/grub.d/42_early-bind")
    without = guest.run("update-grub", 120)
    test.expect(without.status == ours.status, f"without us it ends with the same status, {ours.status}; it ended with "
                                               f"{without.status}")
    test.expect_equal_text(without.output, ours.output, "what update-grub says with us")
    guest.must(f"chmod +x /etc/grub.d/42_early-bind && rm {script}")


def other_system(path):
    """A disk with one partition that os-prober takes for a system with its own GRUB."""
    files = {"etc/os-release": f'NAME="{OTHER_SYSTEM}"\nPRETTY_NAME="{OTHER_SYSTEM}"\nID=other\n',
             "lib/ld-linux.so.2": "", "boot/vmlinuz-1.0": "", "boot/initrd.img-1.0": "",
             "boot/grub/grub.cfg": f"menuentry '{OTHER_SYSTEM}' {{\n\tlinux\t/boot/vmlinuz-1.0 root=/dev/sda1 ro\n"
                                   "\tinitrd\t/boot/initrd.img-1.0\n}\n"}
    start, sectors = 2048, 16 * 2048
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="early-bind-vm.") as root:
        for name, text in files.items():
            file = Path(root) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        subprocess.run(["/sbin/mkfs.ext4", "-q", "-d", root, "-E", f"offset={start * 512}", path, f"{sectors // 2}k"],
                       stdout=subprocess.DEVNULL, check=True)
    # The partition table: one entry of type 83 (Linux).
    entry = bytes((0, 0, 2, 0, 0x83, 0, 0, 0)) + start.to_bytes(4, "little") + sectors.to_bytes(4, "little")
    with open(path, "r+b") as disk:
        disk.seek(446)
        disk.write(entry + bytes(48) + b"\x55\xaa")
    return path
