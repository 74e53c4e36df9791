// SPDX-License-Identifier: MIT
#include "core/plan/plan.hpp"

#include <gtest/gtest.h>

#include "core/pci/gpu.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using pci::Address;
using test::address;
using test::kAudio;
using test::kNetwork;
using test::kNvme;
using test::kVga;
using test::lines;
using test::machine;
using test::MachineBuilder;
using test::PlanTest;
using test::reasons;
using test::table_function;
using test::table_of;
using test::targets;
using Texts = std::vector<std::string>;
using Indices = std::vector<std::size_t>;

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
    EXPECT_EQ(made.keep, Texts{"GPU 1 (0000:02:00.0)"});
    EXPECT_EQ(made.pass, Texts{"GPU 0 (0000:01:00.0)"});
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
    EXPECT_EQ(made.pass, Texts{"GPU 1 (0000:02:00.0)"});
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

}  // namespace
}  // namespace early_bind
