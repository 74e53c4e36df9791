# SPDX-License-Identifier: MIT
"""What a profile asks of memory, CPUs and zram, chosen for one boot and then as the default."""

from dataclasses import replace

from testcase import case

# Written by hand; grub-gen setup adds the rest.
CONFIG = """[profile."{}"]
title = "Work" # mine
pages = "2M"
zram_algorithm = "zstd"
"""
SETUP = "grub-gen setup --yes --profile {} --memory 256M --cpus 1 --zram 128M --apply"
# In the order of `early-bind status`: name, asked for, now, code.
RESOURCES = [("huge pages of 2 MiB", "128", "128", "ok"), ("isolated CPUs", "1", "1", "ok"),
             ("zram", "128 MiB", "128 MiB", "ok")]
WAIT = "for try in 1 2 3 4 5 6 7 8 9 10 11 12; do {} && break; sleep 3; done 2>/dev/null"


@case("once-then-default", "bookworm")
def once_then_default(test):
    test.machine = replace(test.machine, memory="3G", processors=2)
    profile = test.profile(2)["name"]
    guest = test.boot_stock()
    guest.must(f"mkdir -p /etc/early-bind && printf '%s' '{CONFIG.format(profile)}' >/etc/early-bind/early-bind.toml")
    refused = guest.run(f"grub-gen default {profile}")
    test.expect(refused.status == 1 and "has not come to the end of a boot" in refused.output,
                f"a profile that never booted is no default; that said:\n{refused.output}")
    guest.must(SETUP.format(profile), 600)
    guest.must("grub-gen check && grep -q '^title = \"Work\" # mine' /etc/early-bind/early-bind.toml")
    guest.must(f"grub-gen boot-once {profile}")
    test.reboot("the profile that boot-once asked for")
    expect_resources(test, profile)
    guest.run(WAIT.format("test ! -e /var/lib/early-bind/trial"), 60)
    test.expect(guest.run("test -e /var/lib/early-bind/trial").status != 0, "the trial is over")

    guest.must(f"grub-gen default {profile}")
    test.reboot("the default")
    expect_resources(test, profile)
    guest.must("grub-gen default stock")
    guest.must(f"grub-gen boot-once {profile}")
    guest.must("grub-editenv /boot/grub/grubenv unset next_entry")  # as after a boot that did not end
    test.reboot("the stock entry again")
    test.expect(not any("early-bind" in word for word in test.state.command_line), "the stock entry boots by default")
    test.expect(test.codes() == ["trial-failed"], f"status tells of the trial that failed; its codes are {test.codes()}")
    pages = guest.must("cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages /sys/devices/system/cpu/isolated "
                       "/proc/swaps")
    test.expect(pages.split()[0] == "0" and "zram" not in pages, f"nothing is set aside in a stock boot; there is {pages}")


def expect_resources(test, profile):
    """This boot is the profile's, with all that it asks for."""
    test.guest.run(WAIT.format("grep -q zram /proc/swaps"), 60)
    test.read_state()
    status = test.status
    test.expect(status.get("profile") == profile and status.get("agrees") and test.status_code == 0,
                f"status agrees with {profile}; it says {status}")
    found = [(entry["name"], entry["asked"], entry["now"], entry["code"]) for entry in status.get("resources", [])]
    test.expect(found == RESOURCES, f"memory, CPUs and zram are as asked for; they are {found}")
