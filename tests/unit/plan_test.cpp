// SPDX-License-Identifier: MIT
#include "core/plan/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/pci/gpu.hpp"
#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;
using pci::Function;
using pci::Inventory;
using test::address;
using test::MachineBuilder;
using Texts = std::vector<std::string>;
using Indices = std::vector<std::size_t>;

constexpr std::uint32_t kVga = 0x030000;
constexpr std::uint32_t kAudio = 0x040300;
constexpr std::uint32_t kNetwork = 0x020000;
constexpr std::uint32_t kNvme = 0x010802;

TableFunction table_function(const Inventory& inventory, const Address& function) {
    return {inventory.find(function)->identity, function};
}

/// What `grub-gen apply` would know of the machine: its GPUs, named "GPU 0", "GPU 1", ...
BootTable table_of(const Inventory& inventory) {
    BootTable table;
    for (const auto& gpu : pci::find_gpus(inventory)) {
        TableGpu entry;
        entry.name = fmt::format("GPU {}", table.gpus.size());
        entry.functions.push_back(table_function(inventory, gpu.address));
        for (const auto& function : gpu.functions) {
            if (function != gpu.address) {
                entry.functions.push_back(table_function(inventory, function));
            }
        }
        table.gpus.push_back(std::move(entry));
    }
    return table;
}

/// The whole plan as lines: what it says, then what it does.
Texts lines(const Plan& plan) {
    Texts out;
    if (plan.refused) {
        out.emplace_back("refused");
    }
    for (const auto& reason : plan.reasons) {
        std::string line = fmt::format("{}: {} [", info(reason.code).name, reason.text);
        for (const auto& device : reason.devices) {
            line += (line.back() == '[' ? "" : " ") + to_string(device);
        }
        out.push_back(line + "]");
    }
    for (const auto& action : plan.actions) {
        out.push_back(to_string(plan, action));
    }
    return out;
}

Texts targets(const Plan& plan) {
    Texts out;
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            out.push_back(to_string(target.address));
        }
    }
    return out;
}

Texts reasons(const Plan& plan) {
    Plan words = plan;
    words.actions.clear();
    return lines(words);
}

/// Two cards, each in a group of its own, a NIC and a disk.
MachineBuilder machine() {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(10);
    m.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(11);
    m.add("0000:02:00.1", "pci0000:00/03.0/00.1", 0x1002, 0xab28, kAudio).group(11);
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(12);
    m.add("0000:04:00.0", "pci0000:00/1d.0/00.0", 0x144d, 0xa808, kNvme).group(13);
    return m;
}

/// machine() with a boot table that keeps GPU 1 (AMD) and passes GPU 0 (NVIDIA).
class PlanTest : public ::testing::Test {
  protected:
    PlanTest() : table(table_of(machine().inventory())) {
        table.profiles.push_back({"keep-amd-73bf", Status::ok, {1}, {0}, {}});
    }

    [[nodiscard]] Plan plan(const MachineBuilder& now, std::size_t groups = 20) const {
        return make_plan(now.inventory(groups), table, &table.profiles[0]);
    }
    [[nodiscard]] Plan static_plan(const MachineBuilder& now, std::size_t groups = 20) const {
        return make_plan(now.inventory(groups), table, nullptr);
    }
    void add_static(const char* text) {
        table.statics.push_back(table_function(machine().inventory(), address(text)));
    }
    void add_guarded(const char* text) {
        table.guarded.push_back(table_function(machine().inventory(), address(text)));
    }

    BootTable table;
};

TEST_F(PlanTest, InPlaceTheWholeCardIsBoundInOrder) {
    const auto made = plan(machine());
    EXPECT_EQ(lines(made), (Texts{
                               "load the module vfio-pci",
                               "0000:01:00.0: set driver_override to vfio-pci",
                               "0000:01:00.1: set driver_override to vfio-pci",
                               "0000:01:00.0: bind to vfio-pci",
                               "0000:01:00.1: bind to vfio-pci",
                               "0000:01:00.0: check that vfio-pci holds it",
                               "0000:01:00.1: check that vfio-pci holds it",
                           }));
    EXPECT_EQ(made.profile, "keep-amd-73bf");
    EXPECT_EQ(made.keep, Texts{"GPU 1"});
    EXPECT_EQ(made.pass, Texts{"GPU 0"});
    EXPECT_EQ(made.target_count(), 2U);
    ASSERT_EQ(made.units.size(), 1U);
    EXPECT_EQ(made.units[0].group, 10);
    EXPECT_EQ(made.units[0].targets[1].address_then, address("0000:01:00.1"));
}

TEST_F(PlanTest, EveryGroupIsAUnitInAddressOrder) {
    table.profiles = {{"pass-all", Status::ok, {}, {1, 0}, {}}};
    const auto made = plan(machine());
    ASSERT_EQ(made.units.size(), 2U);
    EXPECT_EQ(made.units[0].group, 10);
    EXPECT_EQ(made.units[1].group, 11);
    EXPECT_EQ(lines(made)[0], "load the module vfio-pci") << "once, before all units";
    EXPECT_EQ(made.actions.size(), 13U);
}

TEST_F(PlanTest, WithoutProfileAndStaticSetNothingIsLookedAt) {
    EXPECT_EQ(lines(static_plan(MachineBuilder(), 0)), Texts{});
}

TEST_F(PlanTest, WhatMayBeUnboundIsUnboundAfterTheOverride) {
    auto now = machine();
    now.remove("0000:01:00.1");
    now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio)
        .group(10)
        .driver("snd_hda_intel");
    EXPECT_EQ(lines(plan(now)), (Texts{
                                    "load the module vfio-pci",
                                    "0000:01:00.0: set driver_override to vfio-pci",
                                    "0000:01:00.1: set driver_override to vfio-pci",
                                    "0000:01:00.1: unbind from snd_hda_intel",
                                    "0000:01:00.0: bind to vfio-pci",
                                    "0000:01:00.1: bind to vfio-pci",
                                    "0000:01:00.0: check that vfio-pci holds it",
                                    "0000:01:00.1: check that vfio-pci holds it",
                                }));
}

TEST_F(PlanTest, AGpuDriverIsNeverUnbound) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga)
        .group(10)
        .driver("nouveau");
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "too-late: the driver nouveau already holds 0000:01:00.0, and taking it away "
                     "can hang the kernel [0000:01:00.0]"}));
}

TEST(MayUnbind, OnlyDriversThatGiveAFunctionBackCleanly) {
    for (const char* driver : {"xhci_hcd", "ehci-pci", "snd_hda_intel", "nvidia-gpu"}) {
        EXPECT_TRUE(may_unbind(driver)) << driver;
    }
    for (const char* driver : {"", "nvidia", "nouveau", "amdgpu", "radeon", "i915", "xe", "ast",
                               "nvme", "ahci", "igb", "vfio-pci", "pcieport", "xhci-hcd"}) {
        EXPECT_FALSE(may_unbind(driver)) << driver;
    }
}

TEST_F(PlanTest, WhatVfioHasAlreadyIsOnlyChecked) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga)
        .group(10)
        .driver("vfio-pci");
    now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio)
        .group(10)
        .driver("vfio-pci");
    EXPECT_EQ(lines(plan(now)), (Texts{
                                    "0000:01:00.0: set driver_override to vfio-pci",
                                    "0000:01:00.1: set driver_override to vfio-pci",
                                    "0000:01:00.0: check that vfio-pci holds it",
                                    "0000:01:00.1: check that vfio-pci holds it",
                                }));
}

TEST_F(PlanTest, ANewBusNumberIsNoMove) {
    MachineBuilder now;
    now.add("0000:07:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(3);
    now.add("0000:07:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(3);
    now.add("0000:01:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(4);
    const auto made = plan(now);
    EXPECT_EQ(reasons(made), Texts{});
    EXPECT_EQ(targets(made), (Texts{"0000:07:00.0", "0000:07:00.1"}));
    EXPECT_EQ(made.units[0].targets[0].address_then, address("0000:01:00.0"));
}

TEST_F(PlanTest, ACardInAnotherSlotIsFoundAndItsCompanionsMoveAlong) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    now.add("0000:08:00.0", "pci0000:00/05.0/00.0", 0x10de, 0x2684, kVga).group(3);
    now.add("0000:08:00.1", "pci0000:00/05.0/00.1", 0x10de, 0x22ba, kAudio).group(3);
    const auto made = plan(now);
    EXPECT_EQ(reasons(made), (Texts{"moved: GPU 0 (0000:01:00.0) is at 0000:08:00.0 now, it was at "
                                    "0000:01:00.0 [0000:08:00.0]"}));
    EXPECT_EQ(targets(made), (Texts{"0000:08:00.0", "0000:08:00.1"}));
    EXPECT_EQ(made.units[0].targets[1].address_then, address("0000:01:00.1"));
}

TEST_F(PlanTest, AKeptCardMayMoveToo) {
    auto now = machine();
    now.remove("0000:02:00.0");
    now.add("0000:08:00.0", "pci0000:00/05.0/00.0", 0x1002, 0x73bf, kVga).group(3);
    EXPECT_EQ(reasons(plan(now)),
              (Texts{"moved: GPU 1 (0000:02:00.0) is at 0000:08:00.0 now, it was at 0000:02:00.0 "
                     "[0000:08:00.0]"}));
    EXPECT_EQ(targets(plan(now)), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(PlanTest, ACompanionThatIsGoneIsTold) {
    auto now = machine();
    now.remove("0000:01:00.1");
    const auto made = plan(now);
    EXPECT_EQ(reasons(made), (Texts{"companion-missing: GPU 0 had the function 0000:01:00.1 "
                                    "(10de:22ba), which is not there []"}));
    EXPECT_EQ(targets(made), Texts{"0000:01:00.0"});
}

TEST_F(PlanTest, ACompanionOfAnotherKindIsNotTakenForTheOldOne) {
    auto now = machine();
    now.remove("0000:01:00.1");
    now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x10f7, kAudio).group(10);
    const auto made = plan(now);
    EXPECT_EQ(reasons(made), (Texts{"companion-missing: GPU 0 had the function 0000:01:00.1 "
                                    "(10de:22ba), which is not there []"}));
    ASSERT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"})) << "it is of the card";
    EXPECT_EQ(made.units[0].targets[1].address_then, std::nullopt);
}

TEST_F(PlanTest, AFunctionThatTheCardHasNewGoesAlong) {
    auto now = machine();
    now.add("0000:01:00.2", "pci0000:00/01.0/00.2", 0x10de, 0x1ad6, 0x0c0330).group(10);
    const auto made = plan(now);
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:01:00.2"}));
    EXPECT_EQ(made.units[0].targets[2].address_then, std::nullopt);
}

TEST_F(PlanTest, AMissingPassedCardIsSkipped) {
    table.profiles = {{"pass-all", Status::ok, {}, {0, 1}, {}}};
    auto now = machine();
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    const auto made = plan(now);
    EXPECT_EQ(reasons(made),
              (Texts{"missing: GPU 0 (0000:01:00.0) is not in this machine, ignoring it []"}));
    EXPECT_EQ(targets(made), (Texts{"0000:02:00.0", "0000:02:00.1"}));
    EXPECT_EQ(made.pass, Texts{"GPU 1"});
}

TEST_F(PlanTest, AMissingKeptCardRefusesTheProfile) {
    auto now = machine();
    now.remove("0000:02:00.0");
    EXPECT_EQ(
        lines(plan(now)),
        (Texts{"refused",
               "kept-missing: GPU 1 (0000:02:00.0), which the host shall keep, is not in this "
               "machine: passing the others could leave the host without a display []"}));
}

TEST_F(PlanTest, AnotherCardInThePlaceOfThePassedOneStaysWithTheHost) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2204, kVga).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"missing: GPU 0 (0000:01:00.0) is not in this machine, ignoring it []"}));
}

TEST_F(PlanTest, ACardOfAnotherMakerIsAnotherCard) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga)
        .group(10)
        .subsystem(0x1043, 0x889a);
    EXPECT_EQ(targets(plan(now)), Texts{});
}

/// Two equal cards; GPU 0 is passed, GPU 1 kept.
class EqualCards : public ::testing::Test {
  protected:
    EqualCards() {
        then.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
        then.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x10de, 0x2684, kVga).group(11);
        table = table_of(then.inventory());
        table.profiles.push_back({"keep", Status::ok, {1}, {0}, {}});
    }
    [[nodiscard]] Plan plan(const MachineBuilder& now) const {
        return make_plan(now.inventory(), table, &table.profiles[0]);
    }
    MachineBuilder then;
    BootTable table;
};

TEST_F(EqualCards, AreToldApartByTheirPlaceWhateverTheirAddresses) {
    MachineBuilder now;  // the bus numbers changed sides
    now.add("0000:02:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(11);
    now.add("0000:01:00.0", "pci0000:00/03.0/00.0", 0x10de, 0x2684, kVga).group(10);
    EXPECT_EQ(targets(plan(now)), Texts{"0000:02:00.0"});
    EXPECT_EQ(reasons(plan(now)), Texts{});
}

TEST_F(EqualCards, TheOneInItsPlaceIsNeverTakenForTheMovedOne) {
    then.remove("0000:01:00.0");
    then.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x10de, 0x2684, kVga).group(5);
    EXPECT_EQ(targets(plan(then)), Texts{"0000:05:00.0"});
}

TEST_F(EqualCards, ThePassedOneGoneTheKeptOneStays) {
    then.remove("0000:01:00.0");
    EXPECT_EQ(lines(plan(then)),
              (Texts{"missing: GPU 0 (0000:01:00.0) is not in this machine, ignoring it []"}));
}

TEST_F(EqualCards, WithOneOfTwoLostNothingIsGuessed) {
    MachineBuilder now;
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x10de, 0x2684, kVga).group(5);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "kept-missing: GPU 1 (0000:02:00.0), which the host shall keep, is not in its "
                     "place and several cards could be it: passing the others could leave the host "
                     "without a display []",
                     "ambiguous: GPU 0 (0000:01:00.0) is not in its place and several cards could "
                     "be it, leaving them to the host []"}));
}

TEST_F(EqualCards, AmongThreeNewPlacesNothingIsGuessed) {
    then.remove("0000:01:00.0");
    then.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x10de, 0x2684, kVga).group(5);
    then.add("0000:06:00.0", "pci0000:00/06.0/00.0", 0x10de, 0x2684, kVga).group(6);
    EXPECT_EQ(lines(plan(then)),
              (Texts{"ambiguous: GPU 0 (0000:01:00.0) is not in its place and several cards could "
                     "be it, leaving them to the host []"}));
}

TEST_F(PlanTest, AKeptCardInTheGroupRefuses) {
    MachineBuilder now;
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
    now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(10);
    now.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "kept-in-closure: 0000:02:00.0 stays with the host but shares IOMMU group 10 "
                     "with a passed card [0000:02:00.0]"}));
}

TEST_F(PlanTest, AGpuThatTheTableDoesNotKnowStaysWithTheHost) {
    auto now = machine();
    now.add("0000:09:00.0", "pci0000:00/09.0/00.0", 0x8086, 0x56a0, kVga).group(19);
    EXPECT_EQ(targets(plan(now)), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(PlanTest, AnUnknownGpuInTheGroupRefuses) {
    auto now = machine();
    now.add("0000:09:00.0", "pci0000:00/09.0/00.0", 0x8086, 0x56a0, kVga).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "kept-in-closure: 0000:09:00.0 stays with the host but shares IOMMU group 10 "
                     "with a passed card [0000:09:00.0]"}));
}

TEST_F(PlanTest, ForeignFunctionsInTheGroupRefuse) {
    auto now = machine();
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x8086, 0x1533, 0x0c0330).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "foreign-in-closure: 0000:05:00.0 is in the IOMMU group of a passed card and "
                     "belongs to none [0000:05:00.0]"}));
    now.add("0000:05:00.1", "pci0000:00/05.0/00.1", 0x8086, 0x1533, 0x0c0330).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "foreign-in-closure: 0000:05:00.0 and 0000:05:00.1 are in the IOMMU group of "
                     "a passed card and belong to none [0000:05:00.0 0000:05:00.1]"}));
}

TEST_F(PlanTest, StorageInTheGroupRefuses) {
    auto now = machine();
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x8086, 0xa352, 0x010601).group(10);
    EXPECT_EQ(lines(plan(now)),
              (Texts{"refused",
                     "storage-guard: 0000:05:00.0 is storage in the IOMMU group of a passed card "
                     "[0000:05:00.0]"}));
    now.add("0000:05:00.1", "pci0000:00/05.0/00.1", 0x144d, 0xa808, kNvme).group(10);
    EXPECT_EQ(reasons(plan(now))[1],
              "storage-guard: 0000:05:00.0 and 0000:05:00.1 are storage in the IOMMU group of a "
              "passed card [0000:05:00.0 0000:05:00.1]");
}

TEST_F(PlanTest, BridgesAndVirtualFunctionsInTheGroupDoNotMatter) {
    auto now = machine();
    now.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400)
        .group(10)
        .driver("pcieport");
    now.add("0000:00:00.0", "pci0000:00/00.0", 0x8086, 0x1900, 0x060000).group(10);
    now.add("0000:01:00.4", "pci0000:00/01.0/00.4", 0x10de, 0x2684, kVga)
        .group(10)
        .virtual_function();
    EXPECT_EQ(targets(plan(now)), (Texts{"0000:01:00.0", "0000:01:00.1"}));
    EXPECT_EQ(reasons(plan(now)), Texts{});
}

TEST_F(PlanTest, AGuardedFunctionRefuses) {
    add_guarded("0000:01:00.1");
    EXPECT_EQ(lines(plan(machine())),
              (Texts{"refused",
                     "file-system-guard: 0000:01:00.1 carries a file system of the host "
                     "[0000:01:00.1]"}));
}

TEST_F(PlanTest, AGuardedFunctionThatMovedGuardsEveryOneOfItsKind) {
    add_guarded("0000:04:00.0");
    add_static("0000:04:00.0");
    auto now = machine();
    now.remove("0000:04:00.0");
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x144d, 0xa808, kNvme).group(13);
    EXPECT_EQ(reasons(static_plan(now)),
              (Texts{"moved: the static device 0000:04:00.0 (144d:a808) is at 0000:05:00.0 now, it "
                     "was at 0000:04:00.0 [0000:05:00.0]",
                     "file-system-guard: 0000:05:00.0 carries a file system of the host "
                     "[0000:05:00.0]"}));
    EXPECT_EQ(targets(static_plan(now)), Texts{});
}

TEST_F(PlanTest, WithTheIommuOffTheProfileIsRefused) {
    EXPECT_EQ(lines(plan(machine(), 0)),
              (Texts{"refused",
                     "iommu-off: the IOMMU is off: without it no device can be handed to a VM, and "
                     "the host would lose the cards for nothing [0000:01:00.0 0000:01:00.1]"}));
}

TEST_F(PlanTest, ACardInNoGroupIsRefused) {
    auto now = machine();
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga);
    now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(10);
    EXPECT_EQ(lines(plan(now)), (Texts{"refused",
                                       "iommu-off: 0000:01:00.0 is in no IOMMU group "
                                       "[0000:01:00.0]"}));
}

TEST_F(PlanTest, EveryReasonIsTold) {
    auto now = machine();
    now.remove("0000:02:00.0");
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x144d, 0xa808, kNvme).group(10).driver("nvme");
    const auto made = plan(now);
    Texts codes;
    for (const auto& reason : made.reasons) {
        codes.emplace_back(info(reason.code).name);
    }
    EXPECT_EQ(codes, (Texts{"kept-missing", "storage-guard", "too-late"}));
}

TEST_F(PlanTest, TheStaticSetIsBoundWithoutAProfile) {
    add_static("0000:03:00.0");
    const auto made = static_plan(machine());
    EXPECT_EQ(lines(made), (Texts{
                               "load the module vfio-pci",
                               "0000:03:00.0: set driver_override to vfio-pci",
                               "0000:03:00.0: bind to vfio-pci",
                               "0000:03:00.0: check that vfio-pci holds it",
                           }));
    EXPECT_EQ(made.profile, "");
}

TEST_F(PlanTest, TheStaticSetIsBoundWithAProfileToo) {
    add_static("0000:03:00.0");
    EXPECT_EQ(targets(plan(machine())), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:03:00.0"}));
}

TEST_F(PlanTest, TheStaticSetMayHoldStorageThatNobodyNeeds) {
    add_static("0000:04:00.0");
    EXPECT_EQ(targets(static_plan(machine())), Texts{"0000:04:00.0"});
}

TEST_F(PlanTest, ARefusedProfileDoesNotStopTheStaticSet) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:02:00.0");
    const auto made = plan(now);
    EXPECT_TRUE(made.refused);
    EXPECT_EQ(targets(made), Texts{"0000:03:00.0"});
}

TEST_F(PlanTest, AStaticDeviceOfTheCardsGroupGoesWithTheCard) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:03:00.0");
    now.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(10);
    EXPECT_EQ(targets(plan(now)), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:03:00.0"}));
    EXPECT_EQ(lines(static_plan(now)),
              (Texts{"foreign-in-closure: the static device 0000:03:00.0 shares its IOMMU group "
                     "with 0000:01:00.0 and 0000:01:00.1, leaving it to the host "
                     "[0000:01:00.0 0000:01:00.1]"}))
        << "without the profile nobody passes the card";
}

TEST_F(PlanTest, AStaticDeviceLeftAloneDoesNotRefuseTheProfile) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:03:00.0");
    now.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork)
        .group(12)
        .driver("igb");
    const auto made = plan(now);
    EXPECT_EQ(reasons(made), (Texts{"too-late: the driver igb already holds 0000:03:00.0, and "
                                    "taking it away can hang the kernel [0000:03:00.0]"}));
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(PlanTest, AStaticGroupIsBoundAsAWholeOrNotAtAll) {
    MachineBuilder then;
    then.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(12);
    then.add("0000:03:00.1", "pci0000:00/1c.0/00.1", 0x8086, 0x1533, kNetwork)
        .group(12)
        .driver("igb");
    for (const char* text : {"0000:03:00.0", "0000:03:00.1"}) {
        table.statics.push_back(table_function(then.inventory(), address(text)));
    }
    EXPECT_EQ(lines(static_plan(then)),
              (Texts{"too-late: the driver igb already holds 0000:03:00.1, and taking it away can "
                     "hang the kernel [0000:03:00.1]",
                     "foreign-in-closure: the static device 0000:03:00.0 shares its IOMMU group "
                     "with 0000:03:00.1, leaving it to the host [0000:03:00.1]"}));
}

TEST_F(PlanTest, AMissingStaticDeviceIsTold) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:03:00.0");
    EXPECT_EQ(lines(static_plan(now)),
              (Texts{"missing: the static device 0000:03:00.0 (8086:1533) is not in this machine, "
                     "ignoring it []"}));
}

TEST_F(PlanTest, AnAmbiguousStaticDeviceIsLeftAlone) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:03:00.0");
    now.add("0000:05:00.0", "pci0000:00/05.0/00.0", 0x8086, 0x1533, kNetwork).group(5);
    now.add("0000:06:00.0", "pci0000:00/06.0/00.0", 0x8086, 0x1533, kNetwork).group(6);
    EXPECT_EQ(
        lines(static_plan(now)),
        (Texts{"ambiguous: the static device 0000:03:00.0 (8086:1533) is not in its place and "
               "several devices could be it, leaving it to the host []"}));
}

TEST_F(PlanTest, AStaticDeviceThatIsPartOfACardNowIsLeftAlone) {
    // A sound card of the kept GPU's kind was static, and is gone: the GPU's own is the only match.
    add_static("0000:02:00.1");
    table.statics[0].identity.location = pci::Location::parse("pci0000:00/1e.0/00.0").value();
    table.statics[0].address = address("0000:09:00.0");
    const auto made = plan(machine());
    EXPECT_EQ(reasons(made),
              Texts{"kept-in-closure: the static device 0000:09:00.0 (1002:ab28) is part of the "
                    "GPU 0000:02:00.0 now, leaving it to the host [0000:02:00.1]"});
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"}));
    EXPECT_FALSE(made.refused);
}

TEST_F(PlanTest, AScreenOfAPassedCardIsReleasedBeforeTheBinds) {
    const std::vector<pci::Framebuffer> screens = {
        {"simple-framebuffer.0", "simple-framebuffer", address("0000:01:00.0")}};
    const auto made = make_plan(machine().inventory(), table, &table.profiles[0], screens);
    EXPECT_EQ(lines(made)[3],
              "0000:01:00.0: release the screen simple-framebuffer.0 from simple-framebuffer");
    EXPECT_EQ(lines(made)[4], "0000:01:00.0: bind to vfio-pci");
}

TEST_F(PlanTest, AScreenOfAnotherCardOrOfNobodyStays) {
    for (const auto& owner : {std::optional(address("0000:02:00.0")), std::optional<Address>()}) {
        const std::vector<pci::Framebuffer> screens = {{"efi-framebuffer.0", "efifb", owner}};
        const auto made = make_plan(machine().inventory(), table, &table.profiles[0], screens);
        EXPECT_EQ(lines(made), lines(plan(machine())));
    }
}

TEST_F(PlanTest, AScreenStaysWhenTheConfigurationSaysSo) {
    table.profiles[0].keep_framebuffer = true;
    const std::vector<pci::Framebuffer> screens = {
        {"efi-framebuffer.0", "efi-framebuffer", address("0000:01:00.0")}};
    const auto made = make_plan(machine().inventory(), table, &table.profiles[0], screens);
    EXPECT_EQ(reasons(made),
              Texts{"framebuffer-kept: the firmware's screen efi-framebuffer.0 of 0000:01:00.0 "
                    "stays with efi-framebuffer, as configured [0000:01:00.0]"});
    EXPECT_TRUE(made.framebuffers.empty());
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(PlanTest, ARefusedProfileReleasesNoScreen) {
    auto now = machine();
    now.remove("0000:02:00.0");
    const std::vector<pci::Framebuffer> screens = {
        {"efi-framebuffer.0", "efi-framebuffer", address("0000:01:00.0")}};
    const auto made = make_plan(now.inventory(), table, &table.profiles[0], screens);
    EXPECT_TRUE(made.refused);
    EXPECT_TRUE(made.framebuffers.empty());
}

TEST_F(PlanTest, D3coldIsSetOnEveryFunctionAfterTheOverrides) {
    table.profiles[0].d3cold_allowed = false;
    const auto made = lines(plan(machine()));
    EXPECT_EQ(made[3], "0000:01:00.0: set d3cold_allowed to 0");
    EXPECT_EQ(made[4], "0000:01:00.1: set d3cold_allowed to 0");
    EXPECT_EQ(made.size(), 9U);
}

TEST_F(PlanTest, WithTheIommuOffTheStaticSetIsLeftAlone) {
    add_static("0000:03:00.0");
    const auto made = static_plan(machine(), 0);
    EXPECT_FALSE(made.refused);
    EXPECT_EQ(lines(made),
              (Texts{"iommu-off: the IOMMU is off: without it no device can be handed to a VM, and "
                     "the host would lose the cards for nothing [0000:03:00.0]"}));
}

// Random machines. A table is made from one boot, the plan in another in which cards moved, left,
// came, changed groups and drivers.

struct Card {
    std::uint16_t vendor;
    std::uint16_t device;
    std::uint32_t class_code;
    std::uint16_t companion;  ///< device id of an audio function, 0 for none
};

// Few kinds, so that equal ones are common.
constexpr std::array kCards = {
    Card{0x10de, 0x2684, kVga, 0x22ba},     Card{0x10de, 0x2684, kVga, 0x22ba},
    Card{0x1002, 0x73bf, kVga, 0xab28},     Card{0x1002, 0x67df, 0x038000, 0},
    Card{0x1a03, 0x2000, kVga, 0},          Card{0x8086, 0x1533, kNetwork, 0},
    Card{0x8086, 0x1533, kNetwork, 0x1534}, Card{0x144d, 0xa808, kNvme, 0},
    Card{0x1022, 0x7901, 0x010601, 0},      Card{0x1b21, 0x2142, 0x0c0330, 0},
};
constexpr std::array kDrivers = {"",         "",        "",     "",         "",
                                 "",         "",        "",     "xhci_hcd", "snd_hda_intel",
                                 "vfio-pci", "nouveau", "nvme", "igb"};

class RandomBoots {
  public:
    explicit RandomBoots(unsigned seed) : random_(seed) {
        for (unsigned slot = 0; slot < 2 + pick(6); ++slot) {
            slots_[slot] = kCards[pick(kCards.size())];
        }
        then_ = boot(false);
        table_ = table_of(then_);
        if (!table_.gpus.empty() && one_in(4)) {
            table_.gpus.erase(table_.gpus.begin() + pick(table_.gpus.size()));
        }
        const auto gpus = pci::find_gpus(then_);
        for (const auto& function : then_.functions()) {
            const bool of_gpu = std::any_of(gpus.begin(), gpus.end(), [&](const auto& gpu) {
                return std::count(gpu.functions.begin(), gpu.functions.end(), function.address) > 0;
            });
            if (function.is_endpoint() && !of_gpu && one_in(5)) {
                table_.statics.push_back({function.identity, function.address});
            }
            if (function.is_endpoint() && one_in(12)) {
                table_.guarded.push_back({function.identity, function.address});
            }
        }
        TableProfile profile;
        profile.name = "random";
        for (std::size_t i = 0; i < table_.gpus.size(); ++i) {
            if (one_in(2)) {
                profile.pass.push_back(i);
            } else if (!one_in(4)) {
                profile.keep.push_back(i);
            }
        }
        table_.profiles.push_back(profile);
        change();
        now_ = boot(true);
    }

    [[nodiscard]] const Inventory& then() const { return then_; }
    [[nodiscard]] const Inventory& now() const { return now_; }
    [[nodiscard]] const BootTable& table() const { return table_; }
    [[nodiscard]] const TableProfile& profile() const { return table_.profiles.front(); }
    [[nodiscard]] std::mt19937& random() { return random_; }

  private:
    unsigned pick(std::size_t count) { return static_cast<unsigned>(random_() % count); }
    bool one_in(unsigned count) { return pick(count) == 0; }

    void change() {
        if (one_in(3)) {
            slots_.erase(slots_.begin()->first);
        }
        if (one_in(3)) {
            slots_[10 + pick(3)] = kCards[pick(kCards.size())];
        }
        if (one_in(3) && slots_.size() > 1) {
            std::swap(slots_.begin()->second, slots_.rbegin()->second);
        }
        if (one_in(4)) {
            slots_[15] = slots_.begin()->second;
            slots_.erase(slots_.begin()->first);
        }
    }

    Inventory boot(bool drivers) {
        MachineBuilder m;
        unsigned bus = 1 + pick(3);
        int group = 0;
        for (const auto& [slot, card] : slots_) {
            group += one_in(4) ? 0 : 1;  // some slots share the group of the one before
            const auto port = fmt::format("pci0000:00/{:02x}.0", slot);
            auto bridge =
                m.add(fmt::format("0000:00:{:02x}.0", slot), port, 0x8086, 0xa340, 0x060400);
            bridge.group(group);
            const bool grouped = !one_in(20);
            const auto add = [&](unsigned function, std::uint16_t device, std::uint32_t code) {
                auto entry =
                    m.add(fmt::format("0000:{:02x}:00.{}", bus, function),
                          fmt::format("{}/00.{}", port, function), card.vendor, device, code);
                if (grouped) {
                    entry.group(group);
                }
                if (drivers) {
                    entry.driver(kDrivers[pick(kDrivers.size())]);
                }
                return entry;
            };
            add(0, card.device, card.class_code);
            if (card.companion != 0) {
                add(1, card.companion, kAudio);
            }
            if (one_in(8)) {
                add(4, card.device, card.class_code).virtual_function();
            }
            bus += 1 + pick(3);
        }
        return m.inventory(one_in(20) ? 0 : 20);
    }

    std::mt19937 random_;
    std::map<unsigned, Card> slots_;
    Inventory then_;
    Inventory now_;
    BootTable table_;
};

bool is_kind_of(const Function& function, const TableFunction& known) {
    return function.identity.same_kind(known.identity);
}

/// The table's device is still in its place, so nothing else may be taken for it.
bool is_in_place(const Inventory& now, const TableFunction& known) {
    const auto* there = now.find(known.identity.location);
    return there != nullptr && is_kind_of(*there, known);
}

/// Whether a live GPU may be the table's: of its kind, and in its place when that one still is.
bool may_be(const Inventory& now, const pci::Gpu& gpu, const TableGpu& known) {
    const auto& display = *now.find(gpu.address);
    const auto& first = known.functions.front();
    return is_kind_of(display, first) &&
           (display.identity.location == first.identity.location || !is_in_place(now, first));
}

class RandomPlans : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomPlans, BindNothingThatTheyMustNot) {
    constexpr unsigned kRounds = 500;
    std::size_t bound = 0;
    for (unsigned round = 0; round < kRounds; ++round) {
        const unsigned seed = GetParam() * kRounds + round;
        SCOPED_TRACE(seed);
        RandomBoots boots(seed);
        const auto& now = boots.now();
        const auto& table = boots.table();
        const auto made = make_plan(now, table, &boots.profile());
        const auto live_gpus = pci::find_gpus(now);

        // Written anew here from the design, not from the planner.
        AddressSet statics;
        AddressSet guarded;
        for (const auto& function : now.functions()) {
            for (const auto& known : table.statics) {
                if (is_kind_of(function, known)) {
                    statics.insert(function.address);
                }
            }
            for (const auto& known : table.guarded) {
                if (is_kind_of(function, known) &&
                    (function.identity.location == known.identity.location ||
                     !is_in_place(now, known))) {
                    guarded.insert(function.address);
                }
            }
        }
        AddressSet passable;
        AddressSet unknown_or_kept;
        for (const auto& gpu : live_gpus) {
            bool pass = false;
            bool keep = true;
            for (const auto index : boots.profile().pass) {
                pass = pass || may_be(now, gpu, table.gpus[index]);
            }
            for (std::size_t i = 0; i < table.gpus.size(); ++i) {
                const bool in_its_place = may_be(now, gpu, table.gpus[i]) &&
                                          is_in_place(now, table.gpus[i].functions.front());
                const bool passed =
                    std::count(boots.profile().pass.begin(), boots.profile().pass.end(), i) > 0;
                pass = pass && !(in_its_place && !passed);
            }
            keep = !pass;
            (keep ? unknown_or_kept : passable).insert(gpu.functions.begin(), gpu.functions.end());
        }
        const auto allowed = now.closure(passable);

        AddressSet targets;
        for (const auto& unit : made.units) {
            for (const auto& target : unit.targets) {
                const auto* function = now.find(target.address);
                ASSERT_NE(function, nullptr);
                const auto text = to_string(target.address);
                EXPECT_TRUE(function->is_endpoint()) << text;
                EXPECT_TRUE(statics.contains(target.address) ||
                            (!made.refused && allowed.contains(target.address)))
                    << text << " is none of ours";
                EXPECT_FALSE(unknown_or_kept.contains(target.address)) << text << " is the host's";
                EXPECT_FALSE(guarded.contains(target.address)) << text << " is guarded";
                EXPECT_TRUE(!function->identity.class_code.is_storage() ||
                            statics.contains(target.address))
                    << text << " is storage";
                EXPECT_TRUE(function->driver.empty() || function->driver == "vfio-pci" ||
                            may_unbind(function->driver))
                    << text << " is held by " << function->driver;
                EXPECT_EQ(function->group, unit.group) << text;
                EXPECT_TRUE(targets.insert(target.address).second) << text << " is there twice";
            }
        }
        EXPECT_EQ(now.closure(targets), targets) << "a group is bound in part";
        EXPECT_TRUE(targets.empty() || now.group_count() > 0) << "the IOMMU is off";
        bound += targets.size();
    }
    EXPECT_GT(bound, kRounds / 4) << "the machines are too odd to say anything";
}

TEST_P(RandomPlans, AreTheSameForTheSameMachine) {
    for (unsigned round = 0; round < 200; ++round) {
        const unsigned seed = GetParam() * 200 + round;
        SCOPED_TRACE(seed);
        RandomBoots boots(seed);
        const auto made = lines(make_plan(boots.now(), boots.table(), &boots.profile()));
        EXPECT_EQ(lines(make_plan(boots.now(), boots.table(), &boots.profile())), made);
        auto functions = boots.now().functions();
        std::shuffle(functions.begin(), functions.end(), boots.random());
        const Inventory shuffled(functions, boots.now().group_count());
        EXPECT_EQ(lines(make_plan(shuffled, boots.table(), &boots.profile())), made);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPlans, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace early_bind
