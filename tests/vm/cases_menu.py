# SPDX-License-Identifier: MIT
"""Cases that walk GRUB's menu: each entry, what `grub-gen` does to the menu, and what is left without it."""

import grubcfg
from testcase import ALL, GPU1, GPU2, GPU3, case

# Each entry of the menu ----------------------------------------------------------------------------------------------


@case("stock", "trixie", entry=True)
def stock(test):
    test.boot_stock()
    test.expect_end(None)
    state = test.state
    test.expect(not any("early-bind" in word for word in state.command_line), "the stock entry carries no token")
    for slot in (GPU1, GPU2, GPU3):
        for function in state.of_slot(slot):
            test.expect(state.probes(function), f"the kernel's log shows who probed {function.address} in a stock boot")
    menus = test.installed.menus
    for when in ("installed", "applied"):
        ours_away = grubcfg.without_ours(menus[when])
        test.expect_equal_text(menus["before"], ours_away, f"the stock part of the menu, {when},")
    test.expect(grubcfg.entries(menus["installed"]) == grubcfg.entries(menus["before"]), "no entry before `apply`")


def expect_confirmed(test, profile):
    """The boot came to its end, and only this profile is known to."""
    revision = [line.split()[1] for line in test.installed.boot_table.splitlines() if line.startswith("revision ")][0]
    record = test.guest.run("for try in 1 2 3 4 5 6 7 8 9 10; do cat /var/lib/early-bind/booted && break; sleep 3; done "
                            "2>/dev/null", 60).output
    test.expect(record == f"{profile} {revision}\n", f"{profile} is recorded as booted to the end; the record is: {record}")


def walk(suite, firmware, kept):
    """The case that picks the layout which keeps the GPU number `kept` (or ALL are passed)."""

    @case("all-passed" if kept is ALL else f"keep-gpu{kept}", suite, firmware=firmware, entry=True)
    def layout(test):
        test.boot_layout(kept)
        test.expect_layout(kept)
        expect_confirmed(test, test.profile(kept)["name"])


walk("trixie", "bios", 1)
walk("trixie", "bios", 2)
walk("trixie", "bios", 3)


@case("all-passed", "trixie", entry=True)
def all_passed_and_a_guest_inside(test):
    test.boot_layout(ALL)
    state = test.expect_layout(ALL)
    test.expect_a_guest_inside_has(state.of_slot(GPU1))


walk("trixie", "ovmf", 2)
walk("trixie", "ovmf", ALL)
walk("bookworm", "bios", 2)
walk("bookworm", "bios", ALL)
walk("trixie-backports", "bios", 2)

# Without keys, and without us ----------------------------------------------------------------------------------------


ENVIRONMENT = "/boot/grub/grubenv"


@case("grub-reboot-then-purge", "trixie")
def grub_reboot_then_purge(test):
    guest = test.boot_stock()
    guest.must(f"grub-reboot '{test.menu_path(3)}'")
    test.reboot("the layout that grub-reboot asked for")
    test.expect_layout(3)
    guest.must(f"grub-editenv {ENVIRONMENT} set early_bind_default=keep-some 'next_entry={test.menu_path(3)}' saved_entry=x")
    # The image without us has the modules that this machine needs: with all of them it takes two minutes.
    guest.must("echo MODULES=dep >/etc/initramfs-tools/conf.d/early-bind-test-modules")
    test.expect(guest.run("dpkg --purge early-bind && update-grub", 600).status == 0, "the package can be purged")
    test.expect_equal_text("saved_entry=x\n", guest.must(f"grub-editenv {ENVIRONMENT} list"), "GRUB's variables then")
    menu = guest.must("cat /boot/grub/grub.cfg")
    test.expect_equal_text(test.installed.menus["before"], menu, "the menu after the purge")
    expect_nothing_left(test, guest.must("find / -xdev -name '*early-bind*' ! -path '/root/*'", 60))


def expect_nothing_left(test, files):
    """Nothing of ours in these paths and in the initramfs, but for what makes the guest one."""
    image = test.guest.must('lsinitramfs "/boot/initrd.img-$(uname -r)"', 300)
    test.expect("scripts/init-top/udev" in image, f"the initramfs can be listed; that gave:\n{image[:2000]}")
    left = [line for line in (files + image).splitlines()
            if "vfio-pci" in line or "early-bind" in line and "early-bind-test" not in line]
    test.expect(not left, f"nothing is left behind; there is still {left}")


@case("dry-run-then-uninstall", "bookworm")
def dry_run_then_uninstall(test):
    guest = test.boot_stock()
    changed = "sha256sum /boot/grub/grub.cfg /boot/initrd.img-* /var/lib/early-bind/*"
    before = guest.must(changed)
    same = guest.run("grub-gen apply --dry-run", 300)
    test.expect(same.status == 0 and "nothing would change" in same.output and "+++" not in same.output,
                f"a second dry run finds nothing to change; it said:\n{same.output}")
    profile = test.profile(2)["name"]
    guest.must("mkdir -p /etc/early-bind && printf '[profile.\"%s\"]\\narguments = [\"nosmt\"]\\n' "
               f"'{profile}' >>/etc/early-bind/early-bind.toml")
    more = guest.run("grub-gen apply --dry-run", 300)
    test.expect(more.status == 0 and "\n+argument nosmt\n" in more.output,
                f"the dry run shows the argument in the boot table; it said:\n{more.output}")
    lines = [line for line in more.output.splitlines() if line.startswith("+") and "early-bind.profile=" in line
             and " nosmt" in line]
    test.expect(len(lines) == 1 and f"early-bind.profile={profile}" in lines[0],
                f"the dry run shows the argument in the menu, in the entry of {profile} alone; it said:\n{more.output}")
    test.expect_equal_text(before, guest.must(changed), "what a dry run leaves alone")
    guest.must("grub-gen uninstall", 600)
    test.expect_equal_text(test.installed.menus["installed"], guest.must("cat /boot/grub/grub.cfg"),
                           "the menu after `grub-gen uninstall`")
    # The program itself stays: it belongs to the package.
    expect_nothing_left(test, guest.must("find /var/lib /boot -name '*early-bind*' ! -path '/var/lib/dpkg/*'", 60))
    test.reboot("the stock entry, after `grub-gen uninstall`")
    test.expect_end(None)
