// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/use.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using test::address;
using Lines = std::vector<std::string>;

/// A card with a screen and sound, a disk, a network card; and who uses them.
class UseTest : public ::testing::Test {
  protected:
    UseTest() {
        m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).group(10);
        m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(10);
        m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x144d, 0xa808, 0x010802).group(11);
        m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x8086, 0x1533, 0x020000).group(12);
        for (const char* text : {"0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:03:00.0"}) {
            const std::string name = text;
            const auto port = "0000:00:" + name.substr(5, 2) + ".0";
            t.directory("sys/devices/pci0000:00/" + port + "/" + name)
                .link("sys/bus/pci/devices/" + name,
                      "../../../devices/pci0000:00/" + port + "/" + name);
        }
        t.file("proc/self/mountinfo", "").file("proc/swaps", "");
    }

    static std::string device(const std::string& name) {
        return "sys/devices/pci0000:00/0000:00:" + name.substr(5, 2) + ".0/" + name;
    }
    void node(const std::string& function, const std::string& directory, const std::string& name) {
        t.file(device(function) + "/" + directory + "/uevent",
               "MAJOR=226\nMINOR=0\nDEVNAME=" + name + "\n");
    }
    void process(int id, const std::string& name, const Lines& files) {
        const auto directory = "proc/" + std::to_string(id);
        t.file(directory + "/comm", name + "\n").file(directory + "/maps", "");
        t.link(directory + "/fd/0", "/dev/null");
        for (std::size_t i = 0; i < files.size(); ++i) {
            t.link(directory + "/fd/" + std::to_string(i + 3), files[i]);
        }
    }
    Lines uses(const std::vector<const char*>& functions) {
        pci::AddressSet set;
        for (const char* text : functions) {
            set.insert(address(text));
        }
        const auto root = t.root();
        Lines out;
        for (const auto& use : find_uses(root, m.inventory(), set)) {
            out.push_back(to_string(use));
        }
        return out;
    }

    test::MachineBuilder m;
    test::TemporaryRoot t;
};

TEST_F(UseTest, NobodyUsesWhatNobodyHasOpen) {
    node("0000:01:00.0", "drm/card0", "dri/card0");
    process(1, "systemd", {"/dev/kmsg"});
    EXPECT_EQ(uses({"0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:03:00.0"}), Lines());
}

TEST_F(UseTest, ProcessesWithADeviceFileOpen) {
    node("0000:01:00.0", "drm/card0", "dri/card0");
    node("0000:01:00.0", "drm/renderD128", "dri/renderD128");
    node("0000:01:00.1", "sound/card1/controlC1", "snd/controlC1");
    process(612, "Xorg", {"/dev/dri/card0", "/dev/tty1", "/dev/dri/card0"});
    process(99, "pipe wire", {"/dev/snd/controlC1", "/dev/dri/renderD128"});
    process(100, "other", {"/dev/dri/card1"});
    EXPECT_EQ(uses({"0000:01:00.0", "0000:01:00.1"}),
              (Lines{"pipe wire (process 99) has /dev/dri/renderD128 of 0000:01:00.0 open",
                     "Xorg (process 612) has /dev/dri/card0 of 0000:01:00.0 open",
                     "pipe wire (process 99) has /dev/snd/controlC1 of 0000:01:00.1 open"}));
    EXPECT_EQ(uses({"0000:03:00.0"}), Lines());
}

TEST_F(UseTest, ProcessesThatMappedADeviceFile) {
    node("0000:01:00.0", "drm/renderD128", "dri/renderD128");
    process(7, "game", {});
    t.file("proc/7/maps",
           "7f00-7f01 r--p 00000000 08:01 12 /usr/lib/libc.so.6\n"
           "7f02-7f03 rw-s 10000000 00:05 441                        /dev/dri/renderD128\n");
    EXPECT_EQ(uses({"0000:01:00.0"}),
              Lines{"game (process 7) has /dev/dri/renderD128 of 0000:01:00.0 open"});
}

TEST_F(UseTest, NvidiasOwnDeviceFiles) {
    t.file("proc/driver/nvidia/gpus/0000:01:00.0/information",
           "Model: \t\t NVIDIA\nBus Location: \t 0000:01:00.0\nDevice Minor: \t 3\n");
    process(44, "nvidia-persiste", {"/dev/nvidiactl", "/dev/nvidia3"});
    process(45, "on another card", {"/dev/nvidia0"});
    EXPECT_EQ(uses({"0000:01:00.0"}),
              Lines{"nvidia-persiste (process 44) has /dev/nvidia3 of 0000:01:00.0 open"});
}

TEST_F(UseTest, AVirtualMachineHasTheGroupsFile) {
    process(45, "qemu-system-x86", {"/dev/vfio/vfio", "/dev/vfio/10"});
    EXPECT_EQ(uses({"0000:01:00.1"}),
              Lines{"qemu-system-x86 (process 45) has /dev/vfio/10 of 0000:01:00.1 open"});
    EXPECT_EQ(uses({"0000:03:00.0"}), Lines());
}

TEST_F(UseTest, FileSystemsAndSwap) {
    const auto disk = device("0000:02:00.0") + "/nvme/nvme0/nvme0n1";
    t.file(disk + "/dev", "259:0\n").link("sys/dev/block/259:0", "../../../" + disk);
    t.link("sys/class/block/nvme0n1", "../../../" + disk);
    t.directory(disk + "/slaves").directory(disk + "/holders");
    t.file("dev/nvme0n1", "");
    t.file("proc/self/mountinfo", "30 1 259:0 / /data rw - ext4 /dev/nvme0n1 rw\n");
    EXPECT_EQ(uses({"0000:02:00.0"}), Lines{"0000:02:00.0: /dev/nvme0n1 is mounted on /data"});
    t.link(disk + "/holders/dm-0", "../../../../virtual/block/dm-0");
    t.file("proc/self/mountinfo", "");
    EXPECT_EQ(uses({"0000:02:00.0"}), Lines{"0000:02:00.0: dm-0 is built on one of its disks"});
}

TEST_F(UseTest, InterfacesThatAreUp) {
    const auto flags = device("0000:03:00.0") + "/net/enp3s0/flags";
    t.file(flags, "0x1002\n");
    EXPECT_EQ(uses({"0000:03:00.0"}), Lines());
    t.file(flags, "0x1003\n");
    EXPECT_EQ(uses({"0000:03:00.0"}), Lines{"0000:03:00.0: the network interface enp3s0 is up"});
}

TEST_F(UseTest, WhatCannotBeReadEndsNothing) {
    t.file("proc/12/comm", "ended\n").file("proc/self/mountinfo", "nonsense\n");
    t.link("sys/bus/pci/devices/0000:09:00.0", "nowhere");
    EXPECT_EQ(uses({"0000:09:00.0"}), Lines());
}

}  // namespace
}  // namespace early_bind
