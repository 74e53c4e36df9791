// SPDX-License-Identifier: MIT
#include "core/pci/gpu.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"

namespace early_bind::pci {
namespace {

using test::MachineBuilder;
using Texts = std::vector<std::string>;

constexpr std::uint32_t kVga = 0x030000;
constexpr std::uint32_t kAudio = 0x040300;
constexpr std::uint32_t kUsb = 0x0c0330;
constexpr std::uint32_t kUcsi = 0x0c8000;
constexpr std::uint32_t kBridge = 0x060400;
constexpr std::uint32_t kEncryption = 0x108000;

/// "0000:01:00.0 discrete: 0000:01:00.0 0000:01:00.1", one line per GPU.
Texts gpus(const MachineBuilder& machine) {
    Texts lines;
    for (const auto& gpu : find_gpus(machine.inventory())) {
        auto line = to_string(gpu.address) + " " + std::string(to_string(gpu.role)) + ":";
        for (const auto& function : gpu.functions) {
            line += " " + to_string(function);
        }
        lines.push_back(line);
    }
    return lines;
}

TEST(Gpu, ACardIsItsWholeSlot) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1e04, kVga);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x10f7, kAudio);
    m.add("0000:01:00.2", "pci0000:00/01.0/00.2", 0x10de, 0x1ad6, kUsb);
    m.add("0000:01:00.3", "pci0000:00/01.0/00.3", 0x10de, 0x1ad7, kUcsi);
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.0 discrete: 0000:01:00.0 0000:01:00.1 0000:01:00.2 "
                              "0000:01:00.3"}));
}

TEST(Gpu, FunctionsOfOtherVendorsBelongToASlotOfCardClassesOnly) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x1234, 0x1111, kVga);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x8086, 0x293e, kAudio);
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.0 discrete: 0000:01:00.0 0000:01:00.1"}));
    m.add("0000:01:00.2", "pci0000:00/01.0/00.2", 0x8086, 0x1533, 0x020000);
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.0 discrete: 0000:01:00.0"}));
}

TEST(Gpu, AProcessorsOwnFunctionsStayOutOfItsGraphics) {
    MachineBuilder m;  // Ryzen with Radeon graphics
    m.add("0000:0c:00.0", "pci0000:00/08.1/00.0", 0x1002, 0x164e, kVga);
    m.add("0000:0c:00.1", "pci0000:00/08.1/00.1", 0x1002, 0x1640, kAudio);
    m.add("0000:0c:00.2", "pci0000:00/08.1/00.2", 0x1022, 0x1649, kEncryption);
    m.add("0000:0c:00.3", "pci0000:00/08.1/00.3", 0x1022, 0x15b6, kUsb);
    m.add("0000:0c:00.6", "pci0000:00/08.1/00.6", 0x1022, 0x15e3, kAudio);
    EXPECT_EQ(gpus(m), (Texts{"0000:0c:00.0 integrated: 0000:0c:00.0 0000:0c:00.1"}));
}

TEST(Gpu, TheDisplayOfTheFirstRootBusIsIntegrated) {
    MachineBuilder m;
    m.add("0000:00:02.0", "pci0000:00/02.0", 0x8086, 0xa780, kVga);
    m.add("0000:00:1f.3", "pci0000:00/1f.3", 0x8086, 0x7a50, kAudio);
    m.add("0001:00:02.0", "pci0001:00/02.0", 0x10de, 0x1db1, 0x030200);
    EXPECT_EQ(gpus(m), (Texts{"0000:00:02.0 integrated: 0000:00:02.0",
                              "0001:00:02.0 discrete: 0001:00:02.0"}));
}

TEST(Gpu, ManagementDisplaysAreKnown) {
    struct Case {
        std::uint16_t vendor;
        std::uint16_t device;
        const char* role;
    };
    for (const auto& [vendor, device, role] :
         {Case{0x1a03, 0x2000, "management"}, Case{0x102b, 0x0534, "management"},
          Case{0x102b, 0x0533, "management"}, Case{0x1002, 0x515e, "management"},
          Case{0x19e5, 0x1711, "management"}, Case{0x126f, 0x0750, "management"},
          Case{0x18ca, 0x0027, "management"}, Case{0x103c, 0x3305, "management"},
          Case{0x102b, 0x0525, "discrete"},  // Matrox G400: a card
          Case{0x1002, 0x73bf, "discrete"}}) {
        MachineBuilder m;
        m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", vendor, device, kVga);
        EXPECT_EQ(gpus(m), (Texts{std::string("0000:03:00.0 ") + role + ": 0000:03:00.0"}))
            << std::hex << vendor << ":" << device;
    }
}

TEST(Gpu, ManagementOutweighsThePlaceOnTheFirstBus) {
    MachineBuilder m;
    m.add("0000:00:05.0", "pci0000:00/05.0", 0x1a03, 0x2000, kVga);
    EXPECT_EQ(gpus(m), (Texts{"0000:00:05.0 management: 0000:00:05.0"}));
}

TEST(Gpu, TheDisplayMayBeAnyFunctionOfTheSlot) {
    MachineBuilder m;  // HPE iLO: system peripheral first, Matrox second
    m.add("0000:01:00.0", "pci0000:00/1c.0/00.0", 0x103c, 0x3306, 0x088000);
    m.add("0000:01:00.1", "pci0000:00/1c.0/00.1", 0x102b, 0x0533, kVga);
    m.add("0000:01:00.2", "pci0000:00/1c.0/00.2", 0x103c, 0x3307, 0x088000);
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.1 management: 0000:01:00.1"}));
}

TEST(Gpu, TwoDisplayFunctionsInASlotAreOneGpu) {
    MachineBuilder m;
    m.add("0000:00:02.1", "pci0000:00/02.1", 0x8086, 0x2e13, 0x038000);
    m.add("0000:00:02.0", "pci0000:00/02.0", 0x8086, 0x2e12, kVga);
    EXPECT_EQ(gpus(m), (Texts{"0000:00:02.0 integrated: 0000:00:02.0 0000:00:02.1"}));
}

TEST(Gpu, TheBootDisplayMayBeAnyFunctionOfTheGpu) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x102b, 0x0525, 0x038000);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x102b, 0x0525, kVga).boot_display();
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x102b, 0x0525, kVga);
    const auto found = find_gpus(m.inventory());
    ASSERT_EQ(found.size(), 2U);
    EXPECT_TRUE(found[0].boot_display);
    EXPECT_FALSE(found[1].boot_display);
}

TEST(Gpu, EveryDisplayClassCounts) {
    for (const std::uint32_t class_code : {0x030000U, 0x030100U, 0x030200U, 0x038000U}) {
        MachineBuilder m;
        m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x1db1, class_code);
        EXPECT_EQ(find_gpus(m.inventory()).size(), 1U) << std::hex << class_code;
    }
}

TEST(Gpu, VirtualFunctionsAreNoGpusAndNoCompanions) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2235, 0x030200);
    m.add("0000:01:00.4", "pci0000:00/01.0/00.4", 0x10de, 0x2235, 0x030200).virtual_function();
    m.add("0000:01:01.0", "pci0000:00/01.0/01.0", 0x10de, 0x2235, 0x030200).virtual_function();
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.0 discrete: 0000:01:00.0"}));
}

/// Intel Arc: upstream port, downstream ports, GPU and audio in different slots.
MachineBuilder arc_card(std::uint16_t port_vendor = 0x8086) {
    MachineBuilder m;
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0xa70d, kBridge);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", port_vendor, 0x4fa1, kBridge);
    m.add("0000:02:01.0", "pci0000:00/01.0/00.0/01.0", port_vendor, 0x4fa4, kBridge);
    m.add("0000:02:04.0", "pci0000:00/01.0/00.0/04.0", port_vendor, 0x4fa4, kBridge);
    m.add("0000:03:00.0", "pci0000:00/01.0/00.0/01.0/00.0", 0x8086, 0x56a0, kVga);
    m.add("0000:04:00.0", "pci0000:00/01.0/00.0/04.0/00.0", 0x8086, 0x4f90, kAudio);
    return m;
}

TEST(Gpu, AudioBehindTheCardsOwnSwitchBelongsToIt) {
    EXPECT_EQ(gpus(arc_card()), (Texts{"0000:03:00.0 discrete: 0000:03:00.0 0000:04:00.0"}));
}

TEST(Gpu, ASwitchOfAnotherVendorIsNotTheCardsOwn) {
    EXPECT_EQ(gpus(arc_card(0x10b5)), (Texts{"0000:03:00.0 discrete: 0000:03:00.0"}));
}

TEST(Gpu, ASwitchWithASoundCardOfAnotherVendorIsNotTheCardsOwn) {
    auto m = arc_card();
    m.add("0000:02:05.0", "pci0000:00/01.0/00.0/05.0", 0x8086, 0x4fa4, kBridge);
    m.add("0000:05:00.0", "pci0000:00/01.0/00.0/05.0/00.0", 0x1102, 0x0012, kAudio);
    EXPECT_EQ(gpus(m), (Texts{"0000:03:00.0 discrete: 0000:03:00.0"}));
}

TEST(Gpu, ASwitchWithADiskBehindItIsNotTheCardsOwn) {
    auto m = arc_card();
    m.add("0000:05:00.0", "pci0000:00/01.0/00.0/05.0/00.0", 0x8086, 0xf1a8, 0x010802);
    EXPECT_EQ(gpus(m), (Texts{"0000:03:00.0 discrete: 0000:03:00.0"}));
}

TEST(Gpu, ASwitchWithTwoCardsBelongsToNeither) {
    auto m = arc_card();
    m.add("0000:05:00.0", "pci0000:00/01.0/00.0/05.0/00.0", 0x8086, 0x56a0, kVga);
    EXPECT_EQ(gpus(m), (Texts{"0000:03:00.0 discrete: 0000:03:00.0",
                              "0000:05:00.0 discrete: 0000:05:00.0"}));
}

TEST(Gpu, AudioOfTheChipsetIsNotBehindASwitch) {
    MachineBuilder m;  // two root ports: no switch above either of them
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0xa70d, kBridge);
    m.add("0000:00:1c.0", "pci0000:00/1c.0", 0x8086, 0x7ab8, kBridge);
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x8086, 0x56a0, kVga);
    m.add("0000:02:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x4f90, kAudio);
    EXPECT_EQ(gpus(m), (Texts{"0000:01:00.0 discrete: 0000:01:00.0"}));
}

TEST(Gpu, AMachineWithoutDisplaysHasNone) {
    MachineBuilder m;
    m.add("0000:00:1f.3", "pci0000:00/1f.3", 0x8086, 0x7a50, kAudio);
    EXPECT_EQ(gpus(m), Texts{});
    EXPECT_EQ(gpus(MachineBuilder()), Texts{});
}

}  // namespace
}  // namespace early_bind::pci
