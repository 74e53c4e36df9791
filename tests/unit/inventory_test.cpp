// SPDX-License-Identifier: MIT
#include "core/pci/inventory.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::pci {
namespace {

using test::address;
using test::TemporaryRoot;
using Warnings = std::vector<std::string>;

constexpr const char* kCard =
    "DRIVER=nouveau\nPCI_CLASS=30000\nPCI_ID=10DE:2684\nPCI_SUBSYS_ID=1043:889A\n"
    "PCI_SLOT_NAME=0000:01:00.0\nMODALIAS=pci:v000010DE\n";

/// Links a device directory into the bus, as the kernel does. `path` is below sys/devices.
void add_device(TemporaryRoot& t, const std::string& path) {
    t.directory("sys/devices/" + path);
    t.link("sys/bus/pci/devices/" + std::string(sysfs::base_name(path)),
           "../../../devices/" + path);
}

const Function& only(const Inventory& inventory) {
    EXPECT_EQ(inventory.functions().size(), 1U);
    return inventory.functions().front();
}

class InventoryTest : public ::testing::Test {
  protected:
    static constexpr const char* kPath = "pci0000:00/0000:00:01.0/0000:01:00.0";
    static inline const std::string kDirectory = std::string("sys/devices/") + kPath;

    InventoryTest() { add_device(t, kPath); }

    [[nodiscard]] Inventory read() const { return read_inventory(t.root()).value(); }

    TemporaryRoot t;
};

TEST_F(InventoryTest, ReadsTheUeventFile) {
    t.file(kDirectory + "/uevent", kCard);
    const auto inventory = read();
    const auto& function = only(inventory);
    EXPECT_EQ(to_string(function.address), "0000:01:00.0");
    EXPECT_EQ(to_string(function.identity), "pci0000:00/01.0/00.0 10de:2684 1043:889a 030000");
    EXPECT_EQ(function.driver, "nouveau");
    EXPECT_TRUE(function.is_endpoint());
    EXPECT_EQ(inventory.warnings, Warnings{});
}

TEST_F(InventoryTest, FallsBackToTheAttributes) {
    t.file(kDirectory + "/uevent", "PCI_ID=10DE:2684\n")  // no class: not to be trusted
        .file(kDirectory + "/vendor", "0x1002\n")
        .file(kDirectory + "/device", "0x73bf\n")
        .file(kDirectory + "/class", "0x030000\n")
        .file(kDirectory + "/subsystem_vendor", "0x1da2\n")
        .file(kDirectory + "/subsystem_device", "0x440f\n")
        .link(kDirectory + "/driver", "../../../../bus/pci/drivers/amdgpu");
    const auto inventory = read();
    EXPECT_EQ(to_string(only(inventory).identity),
              "pci0000:00/01.0/00.0 1002:73bf 1da2:440f 030000");
    EXPECT_EQ(only(inventory).driver, "amdgpu");
    EXPECT_EQ(inventory.warnings, Warnings{});
}

TEST_F(InventoryTest, AFunctionThatDoesNotSayWhatItIsStaysInItsGroup) {
    t.file(kDirectory + "/vendor", "10de\n")  // no 0x: not the kernel's
        .link(kDirectory + "/iommu_group", "../../../../kernel/iommu_groups/7");
    const auto inventory = read();
    EXPECT_EQ(only(inventory).group, 7);
    EXPECT_TRUE(only(inventory).is_endpoint());
    EXPECT_EQ(inventory.warnings,
              (Warnings{"0000:01:00.0 does not say what it is (no uevent, vendor, device and class "
                        "to read), treating it as a foreign device"}));
}

TEST_F(InventoryTest, NamesThatAreNoAddressAreLeftAlone) {
    t.file(kDirectory + "/uevent", kCard).directory("sys/bus/pci/devices/slot1");
    const auto inventory = read();
    EXPECT_EQ(inventory.functions().size(), 1U);
    EXPECT_EQ(inventory.warnings, (Warnings{t.path("sys/bus/pci/devices/slot1") +
                                            " is no PCI address, leaving it alone"}));
}

TEST_F(InventoryTest, AFunctionWithoutAPlaceIsTold) {
    t.file("sys/bus/pci/devices/0000:02:00.0/uevent", kCard).file(kDirectory + "/uevent", kCard);
    const auto inventory = read();
    EXPECT_TRUE(inventory.find(address("0000:02:00.0"))->identity.location.empty());
    EXPECT_EQ(inventory.warnings,
              (Warnings{"0000:02:00.0 has no place below a PCI root bus that can be read"}));
}

TEST_F(InventoryTest, AbsoluteLinksDoNotLeadOutOfTheRoot) {
    TemporaryRoot outside;
    outside.file("uevent", kCard);
    t.link(kDirectory + "/uevent", outside.path("uevent"));
    EXPECT_EQ(only(read()).identity.ids, Ids{});
}

TEST_F(InventoryTest, AbsoluteLinksInsideTheRootAreGood) {
    std::filesystem::remove(t.path("sys/bus/pci/devices/0000:01:00.0"));
    t.file(kDirectory + "/uevent", kCard)
        .link("sys/bus/pci/devices/0000:01:00.0", std::string("/sys/devices/") + kPath);
    EXPECT_EQ(to_string(only(read()).identity), "pci0000:00/01.0/00.0 10de:2684 1043:889a 030000");
}

TEST_F(InventoryTest, ReadsTheGroupAndCountsGroupsWithoutPciFunctions) {
    t.file(kDirectory + "/uevent", kCard)
        .link(kDirectory + "/iommu_group", "../../../../kernel/iommu_groups/12")
        .directory("sys/kernel/iommu_groups/12")
        .directory("sys/kernel/iommu_groups/13");
    const auto inventory = read();
    EXPECT_EQ(only(inventory).group, 12);
    EXPECT_EQ(inventory.group_count(), 2U);
}

TEST_F(InventoryTest, AGroupThatIsNoNumberIsNone) {
    for (const char* name : {"", "7x", "x7", "99999999999999999999"}) {
        std::filesystem::remove(t.path(kDirectory + "/iommu_group"));
        t.link(kDirectory + "/iommu_group", std::string("../kernel/iommu_groups/") + name);
        EXPECT_EQ(only(read()).group, std::nullopt) << name;
    }
}

TEST_F(InventoryTest, WithoutGroupsTheCountIsZero) {
    t.file(kDirectory + "/uevent", kCard);
    EXPECT_EQ(read().group_count(), 0U);
}

TEST_F(InventoryTest, TheBootDisplayIsReadFromEitherAttribute) {
    t.file(kDirectory + "/uevent", kCard);
    EXPECT_FALSE(only(read()).boot_display);
    t.file(kDirectory + "/boot_vga", "0\n");
    EXPECT_FALSE(only(read()).boot_display);
    t.file(kDirectory + "/boot_display", "1\n");
    EXPECT_TRUE(only(read()).boot_display);
    t.file(kDirectory + "/boot_display", "0\n").file(kDirectory + "/boot_vga", "1\n");
    EXPECT_TRUE(only(read()).boot_display);
}

TEST_F(InventoryTest, KnowsVirtualFunctions) {
    t.file(kDirectory + "/uevent", kCard).link(kDirectory + "/physfn", "../0000:01:00.7");
    EXPECT_TRUE(only(read()).virtual_function);
    EXPECT_FALSE(only(read()).is_endpoint());
}

TEST_F(InventoryTest, KnowsBridges) {
    for (const char* class_code : {"60000", "60400", "60401", "60700", "60940"}) {
        t.file(kDirectory + "/uevent", std::string("PCI_CLASS=") + class_code +
                                           "\nPCI_ID=8086:A340\nPCI_SUBSYS_ID=0000:0000\n");
        EXPECT_TRUE(only(read()).bridge) << class_code;
        EXPECT_FALSE(only(read()).is_endpoint()) << class_code;
    }
    t.file(kDirectory + "/uevent", "PCI_CLASS=60100\nPCI_ID=8086:A340\nPCI_SUBSYS_ID=0000:0000\n");
    EXPECT_TRUE(only(read()).is_endpoint()) << "an ISA bridge has header type 0 and counts";
}

/// A GPU with a virtual function, a network card with one in a group of its own, and a disk.
class NamedInventory : public ::testing::Test {
  protected:
    NamedInventory() {
        add("0000:01:00.0", "10DE:2684", "30000", 1);
        add("0000:01:00.4", "10DE:2685", "30200", 1, "0000:01:00.0");
        add("0000:02:00.0", "8086:1533", "20000", 2);
        add("0000:02:10.0", "8086:1534", "20000", 2, "0000:02:00.0");
        add("0000:03:00.0", "144D:A808", "10802", 3);
    }

    void add(const std::string& address, const std::string& ids, const std::string& code, int group,
             const std::string& physical = {}) {
        const std::string path = "pci0000:00/0000:00:0" + address.substr(6, 1) + ".0/" + address;
        const std::string directory = "sys/devices/" + path;
        add_device(t, path);
        t.file(directory + "/uevent",
               "PCI_CLASS=" + code + "\nPCI_ID=" + ids + "\nPCI_SUBSYS_ID=0000:0000\n");
        t.link(directory + "/iommu_group",
               "../../../../kernel/iommu_groups/" + std::to_string(group));
        if (!physical.empty()) {
            t.link(directory + "/physfn", "../" + physical);
        }
    }

    [[nodiscard]] std::vector<std::string> virtual_ones(const Inventory& inventory) const {
        std::vector<std::string> out;
        for (const auto& function : inventory.functions()) {
            if (function.virtual_function) {
                out.push_back(to_string(function.address));
            }
        }
        return out;
    }

    TemporaryRoot t;
};

using Names = std::vector<std::string>;

TEST_F(NamedInventory, AskedAboutEverythingItKnowsEveryVirtualFunction) {
    EXPECT_EQ(virtual_ones(read_inventory(t.root()).value()),
              (Names{"0000:01:00.4", "0000:02:10.0"}));
}

TEST_F(NamedInventory, AskedAboutNothingItKnowsThoseOfGpus) {
    EXPECT_EQ(virtual_ones(read_inventory(t.root(), {}).value()), Names{"0000:01:00.4"});
}

TEST_F(NamedInventory, AskedAboutADeviceItKnowsThoseOfItsGroup) {
    const auto all = read_inventory(t.root()).value();
    const auto named = all.find(address("0000:02:00.0"))->identity;
    EXPECT_EQ(virtual_ones(read_inventory(t.root(), {named}).value()),
              (Names{"0000:01:00.4", "0000:02:10.0"}));
}

TEST_F(NamedInventory, AskedAboutADeviceThatMovedItKnowsThoseOfItsKind) {
    auto named = read_inventory(t.root()).value().find(address("0000:02:10.0"))->identity;
    named.location = Location::parse("pci0000:00/1f.0/00.0").value();
    EXPECT_EQ(virtual_ones(read_inventory(t.root(), {named}).value()),
              (Names{"0000:01:00.4", "0000:02:10.0"}));
}

TEST_F(NamedInventory, ReadsThePlaceOfABusOnce) {
    // The second function's own link is wrong: nobody looks at it, since its bus is known.
    add("0000:03:00.1", "144D:A809", "10802", 3);
    std::filesystem::remove(t.path("sys/bus/pci/devices/0000:03:00.1"));
    t.link("sys/bus/pci/devices/0000:03:00.1",
           "../../../devices/pci0000:00/0000:00:03.0/../0000:00:03.0/0000:03:00.1");
    const auto inventory = read_inventory(t.root()).value();
    EXPECT_EQ(inventory.find(address("0000:03:00.1"))->identity.location.text(),
              "pci0000:00/03.0/00.1");
}

TEST(Inventory, TellsWhatIsBelowABridge) {
    test::MachineBuilder m;
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 1, 0x060400);
    m.add("0000:02:00.1", "pci0000:00/01.0/00.1", 0x10de, 2, 0x040300);
    m.add("0000:02:00.0", "pci0000:00/01.0/00.0", 0x10de, 1, 0x030000);
    m.add("0000:03:00.0", "pci0000:00/01.1/00.0", 0x10de, 1, 0x030000);
    const auto inventory = m.inventory();
    std::vector<std::string> below;
    for (const auto i : inventory.below(Location::parse("pci0000:00/01.0").value())) {
        below.push_back(to_string(inventory.functions()[i].address));
    }
    EXPECT_EQ(below, (std::vector<std::string>{"0000:02:00.0", "0000:02:00.1"}));
    EXPECT_TRUE(inventory.below(Location()).empty());
    EXPECT_TRUE(inventory.below(Location::parse("pci0000:00/01.0/00.0").value()).empty());
}

TEST(Inventory, FindsThePhysicalFunctionOfAPlace) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 1, 0x030000).virtual_function();
    m.add("0000:02:00.0", "pci0000:00/01.0/00.0", 0x10de, 2, 0x030000);
    const auto place = Location::parse("pci0000:00/01.0/00.0").value();
    EXPECT_EQ(m.inventory().find(place)->address, address("0000:02:00.0"));
    m.remove("0000:02:00.0");
    EXPECT_EQ(m.inventory().find(place), nullptr);
}

TEST(Inventory, SeesDevicesBehindVmd) {
    TemporaryRoot t;
    add_device(t, "pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0");
    const auto inventory = read_inventory(t.root()).value();
    EXPECT_EQ(to_string(only(inventory).address), "10000:e1:00.0");
    EXPECT_EQ(only(inventory).identity.location.text(), "pci0000:00/0e.0/pci10000:e0/06.0/00.0");
}

TEST(Inventory, ARootWithoutPciDevicesIsRefused) {
    TemporaryRoot t;
    EXPECT_EQ(read_inventory(t.root()).error().what,
              "cannot list " + t.path("sys/bus/pci/devices") +
                  ": No such file or directory: no PCI devices there; is " + t.path() +
                  "/ the root of a Linux system with /sys mounted?");
}

TEST(Inventory, FindsByAddressAndByPlace) {
    test::MachineBuilder m;
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x1002, 0x73bf, 0x030000);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000);
    const auto inventory = m.inventory();
    EXPECT_EQ(inventory.functions().front().address, address("0000:01:00.0")) << "sorted";
    EXPECT_EQ(inventory.find(address("0000:02:00.0"))->identity.ids.vendor, 0x1002);
    EXPECT_EQ(inventory.find(address("0000:03:00.0")), nullptr);
    EXPECT_EQ(inventory.find(*Location::parse("pci0000:00/01.0/00.0"))->address,
              address("0000:01:00.0"));
    EXPECT_EQ(inventory.find(*Location::parse("pci0000:00/03.0/00.0")), nullptr);
    EXPECT_EQ(inventory.find(Location()), nullptr);
}

TEST(Inventory, TheClosureTakesEveryEndpointOfTheGroupAndNoBridge) {
    test::MachineBuilder m;
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400).group(1);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).group(1);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(1);
    m.add("0000:01:00.4", "pci0000:00/01.0/00.4", 0x10de, 0x2684, 0x030000)
        .group(1)
        .virtual_function();
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x8086, 0x1533, 0x020000).group(2);
    const auto inventory = m.inventory();
    EXPECT_EQ(inventory.closure({address("0000:01:00.0")}),
              (AddressSet{address("0000:01:00.0"), address("0000:01:00.1")}));
    EXPECT_EQ(inventory.closure({}), AddressSet{});
}

TEST(Inventory, TheClosureOfAFunctionWithoutAGroupIsItself) {
    test::MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x10de, 0x2684, 0x030000);
    EXPECT_EQ(m.inventory().closure({address("0000:01:00.0")}),
              (AddressSet{address("0000:01:00.0")}));
}

}  // namespace
}  // namespace early_bind::pci
