// SPDX-License-Identifier: MIT
#include "grub-gen/storage_guard.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "grub-gen/mounts.hpp"

namespace early_bind {
namespace {

const std::string kSata = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda";
const std::string kNvme = "pci0000:00/0000:00:1b.0/0000:01:00.0/nvme/nvme0/nvme0n1";
const std::string kNvme2 = "pci0000:00/0000:00:1c.0/0000:02:00.0/nvme/nvme1/nvme1n1";
const std::string kUsb =
    "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdc";

/// A root made of plain files and links.
class StorageGuard : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "guard-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        write("proc/self/mountinfo", "");
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& path, std::string_view text) const {
        std::filesystem::create_directories((directory_ / path).parent_path());
        std::ofstream(directory_ / path, std::ios::binary | std::ios::app) << text;
    }
    void link(const std::string& path, const std::string& target) const {
        std::filesystem::create_directories((directory_ / path).parent_path());
        std::filesystem::create_symlink(target, directory_ / path);
    }

    /// A disk or a partition at a path below sys/devices.
    void block_device(const std::string& path, const std::string& number) const {
        const std::string name(sysfs::base_name(path));
        write("sys/devices/" + path + "/dev", number + "\n");
        link("sys/dev/block/" + number, "../../devices/" + path);
        link("sys/class/block/" + name, "../../devices/" + path);
    }
    void partition(const std::string& path, const std::string& number) const {
        block_device(path, number);
        write("sys/devices/" + path + "/partition", "1\n");
    }
    /// A virtual block device on top of others, each given by its path below sys/devices.
    void stacked(const std::string& name, const std::string& number,
                 const std::vector<std::string>& lower) const {
        block_device("virtual/block/" + name, number);
        for (const auto& path : lower) {
            link("sys/devices/virtual/block/" + name + "/slaves/" +
                     std::string(sysfs::base_name(path)),
                 "../../../../" + path);
        }
    }
    void mount(const std::string& number, const std::string& point, const std::string& type,
               const std::string& source) const {
        write("proc/self/mountinfo", "30 1 " + number + " / " + point + " rw,relatime shared:1 - " +
                                         type + " " + source + " rw\n");
    }

    /// "ADDRESS WHAT", then the warnings, one line each, the root's directory written as ROOT.
    [[nodiscard]] std::string guard() const {
        const auto root = sysfs::Root::open(directory_);
        const auto found = guarded_functions(*root);
        if (!found) {
            return found.error().what;
        }
        std::string text;
        for (const auto& function : found->functions) {
            text += to_string(function.address) + " " + function.what + "\n";
        }
        for (const auto& warning : found->warnings) {
            text += warning + "\n";
        }
        const std::string own = directory_.string();
        for (auto at = text.find(own); at != std::string::npos; at = text.find(own)) {
            text.replace(at, own.size(), "ROOT");
        }
        return text;
    }

    std::filesystem::path directory_;
};

TEST_F(StorageGuard, PartitionsOfPlainDisks) {
    block_device(kSata, "8:0");
    partition(kSata + "/sda2", "8:2");
    block_device(kNvme, "259:0");
    partition(kNvme + "/nvme0n1p1", "259:1");
    partition(kNvme + "/nvme0n1p2", "259:2");
    block_device(kUsb, "8:32");
    mount("0:21", "/proc", "proc", "proc");
    mount("259:2", "/", "ext4", "/dev/nvme0n1p2");
    mount("259:1", "/boot/efi", "vfat", "/dev/nvme0n1p1");
    mount("8:2", "/usr", "ext4", "/dev/sda2");
    mount("8:32", "/media/user/STICK", "vfat", "/dev/sdc");
    EXPECT_EQ(guard(), "0000:00:17.0 /usr\n0000:01:00.0 / and /boot/efi\n");
}

TEST_F(StorageGuard, ADiskOnUsbIsCarriedByItsController) {
    block_device(kUsb, "8:32");
    mount("8:32", "/", "ext4", "/dev/sdc");
    EXPECT_EQ(guard(), "0000:00:14.0 /\n");
}

TEST_F(StorageGuard, BelowVmdTheControllerCountsToo) {
    block_device(
        "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1",
        "259:0");
    mount("259:0", "/", "ext4", "/dev/nvme0n1");
    EXPECT_EQ(guard(), "0000:00:0e.0 /\n10000:e1:00.0 /\n");
}

TEST_F(StorageGuard, LvmOnLuksOnMd) {
    block_device(kSata, "8:0");
    partition(kSata + "/sda1", "8:1");
    block_device(kNvme, "259:0");
    stacked("md0", "9:0", {kSata + "/sda1", kNvme});
    partition("virtual/block/md0/md0p1", "259:9");
    stacked("dm-0", "254:0", {"virtual/block/md0/md0p1"});
    stacked("dm-1", "254:1", {"virtual/block/dm-0"});
    mount("254:1", "/", "xfs", "/dev/mapper/vg-root");
    EXPECT_EQ(guard(), "0000:00:17.0 /\n0000:01:00.0 /\n");
}

TEST_F(StorageGuard, LoopsInTheStackEnd) {
    stacked("dm-0", "254:0", {"virtual/block/dm-1"});
    stacked("dm-1", "254:1", {"virtual/block/dm-0"});
    mount("0:40", "/", "tmpfs", "tmpfs");
    mount("254:1", "/usr", "xfs", "/dev/mapper/x");
    EXPECT_EQ(guard(), "");
}

TEST_F(StorageGuard, NvmeMultipath) {
    block_device("virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:0");
    partition("virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1", "259:1");
    link("sys/class/nvme-subsystem/nvme-subsys0",
         "../../devices/virtual/nvme-subsystem/nvme-subsys0");
    link("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
         "../../../pci0000:00/0000:00:1b.0/0000:01:00.0/nvme/nvme0");
    link("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme3",
         "../../../pci0000:40/0000:40:01.0/0000:41:00.0/nvme/nvme3");
    mount("259:1", "/", "ext4", "/dev/nvme0n1p1");
    EXPECT_EQ(guard(), "0000:01:00.0 /\n0000:41:00.0 /\n");
}

TEST_F(StorageGuard, BtrfsOnSeveralDevices) {
    block_device(kNvme, "259:0");
    block_device(kNvme2, "259:1");
    block_device(kSata, "8:0");
    const std::string id = "sys/fs/btrfs/6d2e2f3c-0000-4a3e-9d0a-000000000001";
    link(id + "/devices/nvme0n1", "../../../../devices/" + kNvme);
    link(id + "/devices/nvme1n1", "../../../../devices/" + kNvme2);
    link("sys/fs/btrfs/6d2e2f3c-0000-4a3e-9d0a-000000000002/devices/sda",
         "../../../../devices/" + kSata);
    write("sys/fs/btrfs/features/raid56", "0\n");
    mount("0:25", "/", "btrfs", "/dev/nvme1n1");
    EXPECT_EQ(guard(), "0000:01:00.0 /\n0000:02:00.0 /\n");
}

TEST_F(StorageGuard, BtrfsWhoseSourceIsNoDeviceMayBeAnyOfThem) {
    block_device(kNvme, "259:0");
    link("sys/fs/btrfs/01/devices/nvme0n1", "../../../../devices/" + kNvme);
    mount("0:25", "/", "btrfs", "/dev/root");
    EXPECT_EQ(guard(), "0000:01:00.0 /\n");
}

TEST_F(StorageGuard, BtrfsThatCannotBeTraced) {
    mount("0:25", "/", "btrfs", "/dev/root");
    EXPECT_EQ(guard(),
              "cannot tell which PCI function carries / (block device /dev/root), so none is "
              "guarded for it\n");
}

TEST_F(StorageGuard, BcachefsNamesItsDevices) {
    block_device(kNvme, "259:0");
    block_device(kSata, "8:0");
    mount("0:30", "/", "bcachefs", "/dev/nvme0n1:/dev/sda:/dev/gone");
    EXPECT_EQ(guard(),
              "0000:00:17.0 /\n0000:01:00.0 /\n"
              "cannot tell which PCI function carries / (block device /dev/gone), so none is "
              "guarded for it\n");
}

TEST_F(StorageGuard, SwapOnPartitionsMapperFilesAndMemory) {
    block_device(kSata, "8:0");
    partition(kSata + "/sda3", "8:3");
    block_device(kNvme, "259:0");
    block_device(kNvme2, "259:1");
    stacked("dm-3", "254:3", {kNvme2});
    write("sys/devices/virtual/block/dm-3/dm/name", "vg-swap\n");
    block_device("virtual/block/zram0", "252:0");
    mount("259:0", "/", "ext4", "/dev/nvme0n1");
    write("proc/swaps",
          "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
          "/dev/sda3                               partition\t8388604\t\t0\t\t-2\n"
          "/dev/mapper/vg-swap                     partition\t8388604\t\t0\t\t-3\n"
          "/dev/zram0                              partition\t8388604\t\t0\t\t100\n"
          "/my\\040swap/file                       file\t8388604\t\t0\t\t-4\n");
    EXPECT_EQ(guard(), "0000:00:17.0 swap\n0000:01:00.0 / and swap\n0000:02:00.0 swap\n");
}

TEST_F(StorageGuard, ASwapFileIsInTheNearestMount) {
    block_device(kSata, "8:0");
    block_device(kNvme, "259:0");
    mount("259:0", "/", "ext4", "/dev/nvme0n1");
    mount("8:0", "/my\\040swap", "ext4", "/dev/sda");
    write("proc/swaps", "/my\\040swap/file file 1 0 -2\n");
    EXPECT_EQ(guard(), "0000:00:17.0 swap\n0000:01:00.0 /\n");
}

TEST_F(StorageGuard, LoopDevicesAreInTheirBackingFile) {
    block_device(kUsb, "8:32");
    block_device("virtual/block/loop0", "7:0");
    write("sys/devices/virtual/block/loop0/loop/backing_file", "/run/live/image.squashfs\n");
    mount("8:32", "/run/live", "vfat", "/dev/sdc");
    mount("7:0", "/", "squashfs", "/dev/loop0");
    EXPECT_EQ(guard(), "0000:00:14.0 /\n");
}

TEST_F(StorageGuard, FstabTellsWhatTheNextBootNeeds) {
    block_device(kSata, "8:0");
    partition(kSata + "/sda1", "8:1");
    block_device(kNvme, "259:0");
    block_device(kNvme2, "259:1");
    block_device(kUsb, "8:32");
    link("dev/disk/by-uuid/01-AB", "../../sda1");
    link("dev/vg/data", "../mapper/vg-data");
    link("dev/mapper/vg-data", "../dm-0");
    stacked("dm-0", "254:0", {kNvme2});
    mount("259:0", "/", "ext4", "/dev/nvme0n1");
    write("etc/fstab",
          "# comment\n"
          "/dev/nvme0n1 / ext4 errors=remount-ro 0 1\n"
          "UUID=\"01-AB\"\t/boot/efi/  vfat umask=0077,noauto 0 1\n"
          "/dev/vg/data /srv/my\\040data ext4 defaults 0 2\n"
          "/dev/sdc /mnt/stick auto defaults,nofail 0 0\n"
          "UUID=gone /mnt/old ext4 nofail 0 0\n"
          "UUID=gone /data ext4\n"
          "LABEL=gone none swap sw 0 0\n"
          "server:/export /mnt/net nfs defaults 0 0\n"
          "//server/share=x /mnt/smb cifs defaults 0 0\n"
          "tmpfs /tmp tmpfs size=1G 0 0\n");
    EXPECT_EQ(guard(),
              "0000:00:17.0 /boot/efi\n"
              "0000:01:00.0 /\n"
              "0000:02:00.0 /srv/my data\n"
              "ROOT/etc/fstab wants /data on UUID=gone, which is not there, so nothing is guarded "
              "for it\n"
              "ROOT/etc/fstab wants swap on LABEL=gone, which is not there, so nothing is guarded "
              "for it\n");
}

TEST_F(StorageGuard, MountsThatFstabRequiresAreTracedAsMounted) {
    block_device(kSata, "8:0");
    block_device(kNvme, "259:0");
    mount("259:0", "/", "ext4", "/dev/nvme0n1");
    mount("8:0", "/data", "ext4", "/dev/sda");
    write("etc/fstab", "UUID=no-link /data ext4 defaults 0 2\n");
    EXPECT_EQ(guard(), "0000:00:17.0 /data\n0000:01:00.0 /\n");
}

TEST_F(StorageGuard, WithAnOverlayRootEveryMountedDiskCounts) {
    block_device(kNvme, "259:0");
    mount("0:40", "/", "overlay", "overlay");
    mount("259:0", "/media/root-ro", "ext4", "/dev/nvme0n1");
    EXPECT_EQ(guard(), "0000:01:00.0 /media/root-ro\n");
}

TEST_F(StorageGuard, RootInMemoryNeedsNoDisk) {
    mount("0:40", "/", "tmpfs", "tmpfs");
    EXPECT_EQ(guard(), "");
}

TEST_F(StorageGuard, RootOnTheNetworkIsOnNoDisk) {
    mount("0:40", "/", "nfs4", "server:/export/root");
    EXPECT_EQ(guard(),
              "/ is a nfs4 file system on no disk of this machine; leave the device that it comes "
              "through out of `static`\n");
}

TEST_F(StorageGuard, WithZfsEveryFixedDiskCounts) {
    block_device(kSata, "8:0");
    block_device(kNvme, "259:0");
    block_device(kUsb, "8:32");
    write("sys/devices/" + kUsb + "/removable", "1\n");
    write("sys/devices/" + kSata + "/removable", "0\n");
    block_device("virtual/block/loop0", "7:0");
    mount("0:27", "/", "zfs", "rpool/ROOT/pve-1");
    EXPECT_EQ(guard(),
              "0000:00:17.0 /\n0000:01:00.0 /\n"
              "/ is on ZFS, whose disks cannot be told apart here, so every function with a fixed "
              "disk is guarded\n");
}

TEST_F(StorageGuard, DisksThatLeadToNoFunctionAreReported) {
    block_device("platform/host3/session1/target3:0:0/3:0:0:1/block/sdb", "8:16");
    block_device("platform/80860F14:00/mmc_host/mmc0/mmc0:0001/block/mmcblk0", "179:0");
    mount("8:16", "/", "ext4", "/dev/sdb");
    mount("179:0", "/boot", "ext4", "/dev/mmcblk0");
    mount("8:99", "/usr", "ext4", "/dev/x");
    EXPECT_EQ(guard(),
              "cannot tell which PCI function carries / (block device sdb), so none is guarded for "
              "it\n"
              "cannot tell which PCI function carries /boot (block device mmcblk0), so none is "
              "guarded for it\n"
              "cannot tell which PCI function carries /usr (block device 8:99), so none is guarded "
              "for it\n");
}

TEST_F(StorageGuard, ARecordingWithoutMountsGuardsNothing) {
    std::filesystem::remove_all(directory_ / "proc");
    EXPECT_EQ(guard(),
              "ROOT/proc/self/mountinfo is not there, so no function is guarded for its file "
              "systems\n");
}

TEST_F(StorageGuard, MountsWithoutRootAreReported) {
    EXPECT_EQ(guard(),
              "ROOT/proc/self/mountinfo lists no root file system, so what carries it is not "
              "known\n");
}

TEST_F(StorageGuard, RubbishIsPassedOver) {
    write("proc/self/mountinfo", "\n-\n1 2 - - - - - - -\na b c d e f - g\n1 2 8:0 / /boot\n");
    write("etc/fstab", "x\n\\\n/dev/ /\nUUID= / ext4\n= / ext4\n/dev/../../x / ext4\n");
    write("proc/swaps", "/\n/dev/\\040 partition\n\\\n");
    mount("0:40", "/", "tmpfs", "tmpfs");
    EXPECT_EQ(guard(),
              "cannot tell which PCI function carries swap (block device /dev/ ), so none is "
              "guarded for it\n");
}

TEST(Mounts, OctalEscapes) {
    EXPECT_EQ(unescape_octal("a\\040b\\011c\\134d"), "a b\tc\\d");
    EXPECT_EQ(unescape_octal("\\"), "\\");
    EXPECT_EQ(unescape_octal("\\04"), "\\04");
    EXPECT_EQ(unescape_octal("\\048\\400"), "\\048\\400");
}

TEST(Mounts, TheMountOfAFile) {
    const std::vector<Mount> mounts = {
        {"1:0", "/", "a", "a"}, {"2:0", "/var", "b", "b"}, {"3:0", "/var", "c", "c"}};
    EXPECT_EQ(mount_of("/variable/x", mounts), &mounts[0]);
    EXPECT_EQ(mount_of("/var/x", mounts), &mounts[2]);
    EXPECT_EQ(mount_of("/var", mounts), &mounts[2]);
    EXPECT_EQ(mount_of("relative", {}), nullptr);
}

}  // namespace
}  // namespace early_bind
