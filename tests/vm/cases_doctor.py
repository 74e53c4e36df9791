# SPDX-License-Identifier: MIT
"""What `grub-gen doctor` says of a guest as the package leaves it, and of one with something broken."""

from testcase import case


@case("doctor", "bookworm")
def doctor(test):
    """No problem and no warning; with a menu for another boot table there is one."""
    test.boot_stock()
    healthy = test.guest.run("grub-gen doctor", 200)
    test.expect(healthy.status == 0, f"the doctor finds the guest healthy; it said:\n{healthy.output}")
    test.guest.must("cp /boot/grub/grub.cfg /root/grub.cfg && sed -i 's/early-bind.rev=[0-9a-f]*/early-bind.rev=00000000/' "
                    "/boot/grub/grub.cfg")
    broken = test.guest.run("grub-gen doctor", 200)
    test.guest.must("mv /root/grub.cfg /boot/grub/grub.cfg")
    test.expect(broken.status == 1 and "menu-stale" in broken.output,
                f"the doctor finds a menu of another table; it said:\n{broken.output}")
    test.log.with_suffix(".doctor").write_text(f"# a healthy guest\n{healthy.output}\n# the menu is for another table\n"
                                               f"{broken.output}")
