# SPDX-License-Identifier: MIT
"""Cases on other root file systems than ext4 on a bare disk, whose entries GRUB and the initramfs have to find."""

from testcase import case

DISK_OF_ROOT = "lsblk --inverse --noheadings --list --output NAME,TYPE {} | awk '$2 == \"disk\" {{ print $1 }}'"
# What carries a file system, as the kernel says it: the PCI function above the disk's virtio device.
FUNCTION_OF_DISK = "basename \"$(realpath /sys/block/{}/device/..)\""


def root(kind, kept, source, carries):
    """source: what the kernel has mounted as /; carries: what the disk carries, in our words."""

    @case(f"root-{kind}", "trixie", root=kind)
    def boots(test):
        test.boot_layout(kept)
        test.expect_layout(kept)
        guest = test.guest
        mounted = guest.must("findmnt --noheadings --output SOURCE /").strip()
        test.expect(mounted == source, f"/ is {source}; it is {mounted}")
        test.expect_derived(guest.must("cat /boot/grub/grub.cfg"))
        disk = guest.must(DISK_OF_ROOT.format(mounted.split("[")[0])).split()
        test.expect(len(disk) == 1, f"/ is on one disk; it is on {disk}")
        function = guest.must(FUNCTION_OF_DISK.format(disk[0])).strip()
        test.expect(function == f"0000:00:{test.machine.disk:02x}.0", f"the disk of / is in its place; it is {function}")
        expect_guarded(test, function, carries)

    return boots


def expect_guarded(test, function, carries):
    """The storage guard names this function and no other, in the table and in the running system."""
    guarded = [line.split()[-1] for line in test.installed.boot_table.splitlines() if line.startswith("guarded ")]
    test.expect(guarded == [function], f"the boot table guards {function}; it guards {guarded}")
    same = test.guest.run("grub-gen apply --dry-run", 300)
    test.expect(same.status == 0 and "nothing would change" in same.output and "+++" not in same.output,
                f"a dry run in the booted system finds nothing to change; it said:\n{same.output}")
    test.guest.must(f"mkdir -p /etc/early-bind && echo 'static = [\"{function}\"]' >/etc/early-bind/early-bind.toml")
    refused = test.guest.run("grub-gen scan")
    sentence = f"{function} carries {carries} of this host and is never passed"
    test.expect(refused.status != 0 and sentence in refused.output,
                f"asked to pass the disk, grub-gen scan says '{sentence}'; it ended with {refused.status} and said:\n"
                f"{refused.output}")


root("btrfs", 2, "/dev/vda[/@]", "/")
root("lvm", 3, "/dev/mapper/vglvm-root", "/")
root("luks", 2, "/dev/mapper/sealed-luks", "/ and /boot")
root("luks-lvm", 1, "/dev/mapper/vglukslvm-root", "/ and /boot")
