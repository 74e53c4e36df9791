# SPDX-License-Identifier: MIT
"""The layouts where GRUB takes its entries from BLS files, as Fedora's and RHEL's does."""

import grubcfg
from testcase import SUBMENU_TITLE, case

ENTRIES = "/boot/loader/entries"
INCLUDE = "/boot/grub/early-bind.cfg"
PLUG_IN = "/usr/lib/kernel/install.d/95-early-bind.install"

# What tells our program that the distribution is such a one, and an entry file in Fedora's form. The kernel's
# arguments stand in GRUB's environment alone: without them there is no root file system.
MAKE_FILE = r"""
set -e
kernel=$(uname -r)
boot=$(grub-mkrelpath /boot)
mkdir -p """ + ENTRIES + r"""
sed -i '2i # blscfg' /etc/grub.d/10_linux
grub-editenv - set "kernelopts=$(sed 's/^BOOT_IMAGE=[^ ]* //' /proc/cmdline)"
printf '%s\n' "title Debian ($kernel)" "version $kernel" "linux $boot/vmlinuz-$kernel" \
    "initrd $boot/initrd.img-$kernel \$tuned_initrd" 'options $kernelopts $tuned_params' \
    'grub_users $grub_users' 'grub_arg --unrestricted' 'grub_class debian' >""" + ENTRIES + r"""/m-$kernel.conf
"""


@case("grub-bls", "trixie", loader="GRUB with BLS files")
def grub_bls(test):
    """Debian's GRUB has no blscfg, so that its own entries stay those of 10_linux; ours come from the file."""
    guest = test.boot_stock()
    guest.must(MAKE_FILE)
    sums = guest.must(f"sha256sum {ENTRIES}/*")
    guest.must("grub-gen refresh", 300)
    menu, include = guest.must("cat /boot/grub/grub.cfg"), guest.must(f"cat {INCLUDE}")
    test.expect(not any(entry.menu == (SUBMENU_TITLE,) for entry in grubcfg.entries(menu)),
                "no layout stands in grub.cfg itself")
    wanted = [entry.id for entry in grubcfg.entries(test.installed.menus["applied"])
              if entry.menu == (SUBMENU_TITLE,)]
    ids = [entry.id for entry in grubcfg.entries(include)]
    test.expect(ids == wanted and ids, f"the include has the entries {wanted}; it has {ids}")

    guest.must(f"sed \"s/$(uname -r)/5.0.1-amd64/g\" {ENTRIES}/m-*.conf >{ENTRIES}/m-5.0.1-amd64.conf && "
               f"{PLUG_IN} add 5.0.1-amd64", 120)
    more = grubcfg.entries(guest.must(f"cat {INCLUDE}"))
    test.expect([entry.id for entry in more[:len(ids)]] == ids and len(more) == 2 * len(ids),
                f"an older kernel's entries come behind; there are {[entry.id for entry in more]}")
    guest.must(f"rm {ENTRIES}/m-5.0.1-amd64.conf && {PLUG_IN} remove 5.0.1-amd64", 120)
    test.expect_equal_text(include, guest.must(f"cat {INCLUDE}"), "the include after that kernel is gone")
    test.expect_equal_text(menu, guest.must("cat /boot/grub/grub.cfg"), "grub.cfg after kernels came and went")
    test.expect_equal_text(sums, guest.must(f"sha256sum {ENTRIES}/*"), "the entry files of others")

    test.reboot_to(SUBMENU_TITLE, test.menu_entry(2).title)
    test.expect_layout(2)
