# SPDX-License-Identifier: MIT
"""Cases with an initramfs of dracut: 059 on Debian 12, 106 on Debian 13, with systemd in it and without."""

import copy

from dracut import disk_with, make_images
from testcase import case


def dracut(mode, kept, said):
    """said: what the kernel's log has of such an initramfs."""

    @case(f"dracut-{mode}", "bookworm", "trixie", initramfs="dracut")
    def layout(test):
        image = make_images(test.installed, test.log.parent) / f"{mode}.img"
        with disk_with(image, test.installed) as disk:
            test.installed = copy.copy(test.installed)
            test.installed.disk, test.installed.initrd = disk, image
            guest = test.boot_layout(kept)
        test.expect_layout(kept)
        test.expect(test.state.logged(said), f"the initramfs is one of dracut with {mode}: '{said}' is in the log")
        expect_healthy(test, guest)

    return layout


def expect_healthy(test, guest):
    """The doctor understands the image."""
    said = guest.run("grub-gen doctor", 200)
    test.expect(said.status == 0 and "the initramfs of every kernel (1) has the boot table" in said.output,
                f"the doctor finds the image of dracut healthy; it said:\n{said.output}")


dracut("systemd", 2, "systemd[1]: Running in init")
dracut("shell", 2, "dracut: Switching root")
