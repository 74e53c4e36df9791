# SPDX-License-Identifier: MIT
"""Cases of packages that come and go: the menu follows by the distribution's own triggers, without grub-gen's help."""

import grubcfg
from installed import PACKAGE
from testcase import SUBMENU_TITLE, case

MENU = "cat /boot/grub/grub.cfg"
NAMES = "/usr/share/misc/pci.ids"
OLDER = "/root/older-kernel.deb"


@case("kernels-come-and-go", "trixie-backports")
def kernels_come_and_go(test):
    guest = test.boot_stock()
    newest = guest.must("uname -r").strip()
    older = guest.must(f"dpkg-deb --field {OLDER} Package").strip().removeprefix("linux-image-")
    test.expect_derived(guest.must(MENU), [newest])

    install(guest, OLDER)
    both = guest.must(MENU)
    ours = test.expect_derived(both, [newest, older])
    profile = test.profile(2)["name"]
    entry = next(entry for entry in ours if entry.id == f"early-bind-{profile}-{older}")
    test.reboot_to(SUBMENU_TITLE, entry.title)
    test.expect(test.state.kernel == older, f"the entry '{entry.title}' boots {older}; it booted {test.state.kernel}")
    test.expect_layout(2)

    guest.must("echo '# lost' >/boot/grub/grub.cfg")
    install(guest, PACKAGE)
    again = guest.must(MENU)
    test.expect_equal_text(grubcfg.without_ours(both), grubcfg.without_ours(again), "the stock part of the menu, again,")
    # Not the same text: a kernel that does not run now is asked to switch the IOMMU on.
    test.expect_derived(again, [newest, older])

    # As when the package pci.ids is upgraded: the titles say its new names.
    guest.must(f"printf '1234  Acme\\n\\t1111  Quicksilver\\n' >{NAMES} && dpkg-trigger --no-await {NAMES}")
    test.expect("Quicksilver" not in guest.must(MENU), "the names were others before")
    guest.must("dpkg --configure --pending", 600)
    test.expect("Quicksilver" in guest.must(MENU), "the menu has the names of the new PCI id database")

    guest.must(f"DEBIAN_FRONTEND=noninteractive dpkg --purge linux-image-{newest} linux-image-amd64", 300)
    test.expect_derived(guest.must(MENU), [older])


def install(guest, package):
    guest.must(f"DEBIAN_FRONTEND=noninteractive dpkg -i {package}", 600)
