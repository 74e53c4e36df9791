# SPDX-License-Identifier: MIT
"""systemd-boot in GRUB's place: its menu, its choices, its entries in step with kernel-install."""

from installed import STOCK_TITLE
from systemd_boot import ENTRIES, OURS, PRINT_ENTRIES, PRINT_PROFILES, parse_entries, parse_profiles
from testcase import case


def our_entry(test, kept):
    """Name and keys of the entry for the layout that keeps GPU number `kept`."""
    prefix = f"{OURS}{test.profile(kept)['name']}--"
    found = [(name, dict(map(tuple, lines))) for name, lines in test.installed.entries.items()
             if name.startswith(prefix)]
    test.expect(len(found) == 1, f"one entry is named {prefix}KERNEL.conf; there are {sorted(test.installed.entries)}")
    return found[0]


def expect_entries(test, entries):
    """A stock entry as kernel-install wrote it, and ours: the same but for title, sort-key and our arguments."""
    stock = [dict(map(tuple, lines)) for name, lines in entries.items() if not name.startswith(OURS)]
    test.expect(len(stock) == 1 and "early-bind" not in str(stock), f"there is one stock entry; there are {stock}")
    profiles = [profile["name"] for profile in test.installed.scan["profiles"]
                if profile["status"] in ("ok", "no-group")]
    ours = {name: dict(map(tuple, lines)) for name, lines in entries.items() if name.startswith(OURS)}
    label = stock[0]["version"].replace("+", "_")
    wanted = {f"{OURS}{profile}--{label}.conf" for profile in profiles}
    test.expect(set(ours) == wanted and wanted, f"the entries are {sorted(wanted)}; they are {sorted(ours)}")
    for name, entry in ours.items():
        for key in ("version", "machine-id", "linux", "initrd"):
            test.expect(entry.get(key) == stock[0].get(key), f"{key} in {name} is {stock[0].get(key)}; it is {entry}")
        test.expect(entry["options"].startswith(stock[0]["options"] + " early-bind.profile="),
                    f"the options of {name} begin with {stock[0]['options']}; they are {entry['options']}")
        test.expect(entry["sort-key"] > stock[0]["sort-key"], f"{name} stands behind {stock[0]['sort-key']}")


@case("menu-once-default-stock", "trixie", firmware="ovmf", loader="systemd-boot")
def menu_once_default_stock(test):
    expect_entries(test, test.installed.entries)
    guest = test.boot(our_entry(test, 2)[1]["title"])
    test.expect_layout(2)

    third = test.profile(3)["name"]
    guest.must(f"grub-gen boot-once {third}", 120)
    test.reboot("the layout of grub-gen boot-once")
    test.expect_layout(3)

    guest.must(f"until grep -q '^{third} ' /var/lib/early-bind/booted; do sleep 1; done", 60)
    guest.must(f"grub-gen default {third}", 120)
    found = guest.must("grub-gen default", 120).strip()
    test.expect(found == third, f"the default is {third}; it is {found}")
    test.reboot("the layout of grub-gen default")
    test.expect_layout(3)

    # Without a choice again: the stock entry boots, since ours stand behind it. A kernel that goes takes them along.
    guest.must("grub-gen default stock", 120)
    test.reboot(STOCK_TITLE)
    test.expect_end(None)
    before = guest.must(PRINT_ENTRIES)
    expect_entries(test, parse_entries(before))
    guest.must('kernel-install remove "$(uname -r)"', 120)
    left = guest.must(f"ls {ENTRIES}")
    test.expect(not left.strip(), f"no entry is left behind the kernel; there is {left}")
    guest.must('kernel-install add "$(uname -r)" "/boot/vmlinuz-$(uname -r)" "/boot/initrd.img-$(uname -r)"', 300)
    test.expect_equal_text(before, guest.must(PRINT_ENTRIES), "what is there when the kernel has come back")


@case("uki-menu-once-default-stock", "trixie", firmware="ovmf", loader="systemd-boot with UKIs")
def uki_menu_once_default_stock(test):
    stock, *layouts = test.installed.profiles
    named = {f"early-bind-{profile['name']}" for profile in test.installed.scan["profiles"]
             if profile["status"] in ("ok", "no-group")}
    found = {layout["id"].split("@")[1] for layout in layouts}
    test.expect(found == named, f"the profiles behind the first are {sorted(named)}; they are {sorted(found)}")
    test.expect("early-bind" not in stock["options"], f"the stock entry has nothing of ours; it has {stock['options']}")
    for layout in layouts:
        test.expect(layout["options"].startswith(stock["options"] + " early-bind.profile="),
                    f"the options of {layout['id']} begin with {stock['options']}; they are {layout['options']}")

    wanted = f"early-bind-{test.profile(2)['name']}"
    guest = test.boot(next(layout["title"] for layout in layouts if layout["id"].endswith("@" + wanted)))
    test.expect_layout(2)

    third = test.profile(3)["name"]
    guest.must(f"grub-gen boot-once {third}", 120)
    test.reboot("the layout of grub-gen boot-once")
    test.expect_layout(3)
    guest.must(f"until grep -q '^{third} ' /var/lib/early-bind/booted; do sleep 1; done", 60)
    test.reboot(STOCK_TITLE)
    test.expect_end(None)

    guest.must(f"grub-gen default {third}", 120)
    variable = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
    pattern = guest.must(f"cat {variable} | tail -c +5 | tr -d '\\000'", 60).strip()
    test.expect(pattern.endswith(f"-[0-9]*.efi@early-bind-{third}"), f"the default is a pattern; it is {pattern}")
    test.reboot("the layout of grub-gen default")
    test.expect_layout(3)
    guest.must("grub-gen default stock", 120)
    healthy = guest.must("grub-gen doctor; true", 300)
    test.expect("unified kernel images can have GPU layouts" in healthy, f"the doctor finds the image; it says {healthy}")
    # Without a table the image is made anew, as kernel-install makes it without us.
    guest.must("echo MODULES=dep >/etc/initramfs-tools/conf.d/early-bind-test-modules")  # sooner, and boots no more
    said = guest.must("grub-gen uninstall", 900)
    left = parse_profiles(guest.must(PRINT_PROFILES, 120))
    # systemd calls the first of several profiles "(main)".
    test.expect([(entry["id"], entry["options"]) for entry in left] == [(stock["id"].split("@")[0], stock["options"])],
                f"the stock entry alone is left; there is {left}, uninstall said {said}")
