// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/listing/groups.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using test::address;

const std::string kFolder = "sys/bus/pci/devices/";

/// A card behind a root port in one group, a disk in another, a virtual function and a mediated
/// device, and a host bridge in none.
class GroupsTest : public ::testing::Test {
  protected:
    GroupsTest() {
        machine_.add("0000:00:00.0", "pci0000:00/00.0", 0x8086, 0x3e0f, 0x060000);
        machine_.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400)
            .driver("pcieport");
        machine_.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1e04, 0x030000)
            .group(1)
            .driver("nouveau")
            .subsystem(0x1043, 0x8666)
            .boot_display();
        machine_.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x10f7, 0x040300)
            .group(1)
            .driver("snd_hda_intel");
        machine_.add("0000:02:00.0", "pci0000:00/1b.0/00.0", 0x144d, 0xa808, 0x010802)
            .group(10)
            .driver("nvme");
        machine_.add("0000:03:10.0", "pci0000:00/1c.0/10.0", 0x8086, 0x1520, 0x020000)
            .group(2)
            .virtual_function();
        tree_.file("usr/share/misc/pci.ids",
                   "10de  NVIDIA Corporation\n"
                   "\t1e04  TU102 [GeForce RTX 2080 Ti]\n"
                   "8086  Intel Corporation\n"
                   "C 03  Display controller\n"
                   "\t00  VGA compatible controller\n"
                   "C 06  Bridge\n"
                   "\t00  Host bridge\n"
                   "\t04  PCI bridge\n");
        for (const char* member :
             {"1/devices/0000:00:01.0", "1/devices/0000:01:00.0", "1/devices/0000:01:00.1",
              "10/devices/0000:02:00.0", "2/devices/0000:03:10.0",
              "2/devices/4b20d080-1b54-4048-85b3-a6a62d165c01", "0/devices", "odd/devices"}) {
            tree_.directory(std::string("sys/kernel/iommu_groups/") + member);
        }
    }

    [[nodiscard]] Listing listing() const {
        const auto root = tree_.root();
        const auto inventory = machine_.inventory(4);
        return list_groups(root, inventory, pci::find_gpus(inventory), Names(root),
                           {{address("0000:02:00.0"), "/ and swap"}});
    }

    test::MachineBuilder machine_;
    test::TemporaryRoot tree_;
};

TEST_F(GroupsTest, AsText) {
    tree_.file(kFolder + "0000:01:00.0/reset_method", "bus\n")
        .file(kFolder + "0000:01:00.1/reset_method", "flr  bus\n")
        .file(kFolder + "0000:02:00.0/reset", "");
    EXPECT_EQ(render_groups(listing()), R"(IOMMU: on, 4 groups

group 1
    0000:00:01.0  PCI bridge: Intel Corporation Device 1901 [8086:1901]
        class 060400, driver pcieport; bridge
    0000:01:00.0  VGA compatible controller: NVIDIA Corporation TU102 [GeForce RTX 2080 Ti] [10de:1e04]
        class 030000, driver nouveau, reset bus; GPU NVIDIA GeForce RTX 2080 Ti, boot display
    0000:01:00.1  Class 0403: NVIDIA Corporation Device 10f7 [10de:10f7]
        class 040300, driver snd_hda_intel, reset flr bus; goes with the GPU 0000:01:00.0

group 2
    0000:03:10.0  Class 0200: Intel Corporation Device 1520 [8086:1520]
        class 020000, no driver, no reset; virtual function
    4b20d080-1b54-4048-85b3-a6a62d165c01  no PCI function

group 10
    0000:02:00.0  Class 0108: Device 144d:a808 [144d:a808]
        class 010802, driver nvme, reset some; carries / and swap of this host

in no group
    0000:00:00.0  Host bridge: Intel Corporation Device 3e0f [8086:3e0f]
        class 060000, no driver; bridge
)");
}

TEST_F(GroupsTest, NothingIsSaidOfResetsThatAreNotKnown) {
    const auto all = listing();
    for (const auto& group : all.groups) {
        for (const auto& device : group.devices) {
            EXPECT_FALSE(device.reset) << device.name;
        }
    }
    EXPECT_EQ(render_groups(all).find("reset"), std::string::npos);
}

TEST_F(GroupsTest, OnlySome) {
    const auto some = only(
        listing(), {address("0000:01:00.1"), address("0000:00:00.0"), address("0000:09:00.0")});
    ASSERT_EQ(some.groups.size(), 1U);
    EXPECT_EQ(some.groups[0].number, 1);
    EXPECT_EQ(some.groups[0].devices.size(), 3U);
    ASSERT_EQ(some.ungrouped.size(), 1U);
    EXPECT_EQ(some.ungrouped[0].function.address, address("0000:00:00.0"));
}

TEST_F(GroupsTest, WithoutAnIommu) {
    test::TemporaryRoot tree;
    test::MachineBuilder machine;
    machine.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1e04, 0x030000);
    tree.file("usr/share/misc/pci.ids", "10de  NVIDIA Corporation\n");
    const auto inventory = machine.inventory(0);
    EXPECT_EQ(render_groups(list_groups(tree.root(), inventory, {}, Names(tree.root()), {})),
              "IOMMU: off in this boot, so there are no groups and nothing can be given to a VM; "
              "`grub-gen doctor` says what turns it on\n"
              "\n"
              "in no group\n"
              "    0000:01:00.0  Class 0300: NVIDIA Corporation Device 1e04 [10de:1e04]\n"
              "        class 030000, no driver\n");
}

TEST_F(GroupsTest, AsJson) {
    tree_.file(kFolder + "0000:01:00.0/reset_method", "bus\n");
    const auto text = render_groups_json(only(listing(), {address("0000:03:10.0")}));
    EXPECT_EQ(text, R"({
 "schema": 1,
 "iommu": {
  "groups": 4
 },
 "groups": [
  {
   "group": 2,
   "devices": [
    {
     "address": "0000:03:10.0",
     "name": "Class 0200: Intel Corporation Device 1520 [8086:1520]",
     "class": "020000",
     "ids": {
      "vendor": "8086",
      "device": "1520",
      "subsystem_vendor": "0000",
      "subsystem_device": "0000"
     },
     "location": "pci0000:00/1c.0/10.0",
     "driver": null,
     "reset": [],
     "gpu": null,
     "boot_display": false,
     "bridge": false,
     "virtual_function": true,
     "carries": null
    }
   ],
   "others": [
    "4b20d080-1b54-4048-85b3-a6a62d165c01"
   ]
  }
 ],
 "ungrouped": []
}
)");
}

}  // namespace
}  // namespace early_bind
