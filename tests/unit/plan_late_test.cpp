// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "core/plan/plan.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using test::address;
using test::kAudio;
using test::kNetwork;
using test::kVga;
using test::lines;
using test::machine;
using test::MachineBuilder;
using test::PlanTest;
using test::reasons;
using test::targets;
using Texts = std::vector<std::string>;

/// Plans of the running system, in which nothing is taken from a driver.
class LatePlanTest : public PlanTest {
  protected:
    [[nodiscard]] Plan late(const MachineBuilder& now, std::size_t profile = 0) const {
        return make_plan(now.inventory(20), table, &table.profiles[profile], {},
                         Stage::running_system);
    }
    /// machine() with drivers for the functions of the NVIDIA card, empty for none.
    static MachineBuilder driven(const char* display, const char* audio) {
        auto now = machine();
        now.remove("0000:01:00.0");
        now.remove("0000:01:00.1");
        now.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga)
            .group(10)
            .driver(display);
        now.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio)
            .group(10)
            .driver(audio);
        return now;
    }
    void pass_both() { table.profiles[0] = {"pass-all", Status::ok, {}, {0, 1}, {}}; }
    static Texts left(const Plan& plan) {
        Texts texts;
        for (const auto& target : plan.left) {
            texts.push_back(to_string(target.address) + " " + target.driver_before);
        }
        return texts;
    }
};

TEST_F(LatePlanTest, WithoutDriversItIsThePlanOfTheInitramfs) {
    const auto made = late(machine());
    EXPECT_EQ(lines(made), lines(plan(machine())));
    EXPECT_EQ(made.target_count(), 2U);
    EXPECT_EQ(left(made), Texts{});
}

TEST_F(LatePlanTest, ACardWithADriverStaysAsAWholeAndTheOthersGo) {
    pass_both();
    const auto made = late(driven("nouveau", ""));
    EXPECT_EQ(reasons(made),
              (Texts{"too-late: GPU 0 (0000:01:00.0) stays with the host: the driver nouveau holds "
                     "0000:01:00.0, and in the running system nothing is taken from a driver "
                     "[0000:01:00.0]"}));
    EXPECT_EQ(targets(made), (Texts{"0000:02:00.0", "0000:02:00.1"}));
    EXPECT_EQ(left(made), (Texts{"0000:01:00.0 nouveau", "0000:01:00.1 "}));
    EXPECT_EQ(made.left.front().address_then, address("0000:01:00.0"));
}

TEST_F(LatePlanTest, NotEvenASoundDriverIsUnbound) {
    pass_both();
    const auto made = late(driven("", "snd_hda_intel"));
    EXPECT_EQ(reasons(made),
              (Texts{"too-late: GPU 0 (0000:01:00.0) stays with the host: the driver snd_hda_intel "
                     "holds 0000:01:00.1, and in the running system nothing is taken from a driver "
                     "[0000:01:00.1]"}));
    EXPECT_EQ(targets(made), (Texts{"0000:02:00.0", "0000:02:00.1"}));
}

TEST_F(LatePlanTest, WhatVfioHoldsIsNoDriverOfOthers) {
    const auto made = late(driven("vfio-pci", "vfio-pci"));
    EXPECT_EQ(left(made), Texts{});
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(LatePlanTest, CardsOfOneGroupStayTogether) {
    pass_both();
    auto now = driven("nouveau", "");
    for (const char* function : {"0000:02:00.0", "0000:02:00.1"}) {
        now.remove(function);
    }
    now.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(10);
    now.add("0000:02:00.1", "pci0000:00/03.0/00.1", 0x1002, 0xab28, kAudio).group(10);
    const auto made = late(now);
    EXPECT_EQ(targets(made), Texts{});
    EXPECT_EQ(left(made).size(), 4U);
    EXPECT_TRUE(made.refused);
}

TEST_F(LatePlanTest, WhenNothingIsLeftToPassItIsRefused) {
    const auto made = late(driven("nouveau", "snd_hda_intel"));
    EXPECT_TRUE(made.refused);
    EXPECT_EQ(made.actions.size(), 0U);
    EXPECT_EQ(left(made), (Texts{"0000:01:00.0 nouveau", "0000:01:00.1 snd_hda_intel"}));
}

TEST_F(LatePlanTest, AStaticDeviceWithADriverStaysAndStopsNothing) {
    add_static("0000:03:00.0");
    auto now = machine();
    now.remove("0000:03:00.0");
    now.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork)
        .group(12)
        .driver("igb");
    const auto made = late(now);
    EXPECT_FALSE(made.refused);
    EXPECT_EQ(left(made), (Texts{"0000:03:00.0 igb"}));
    EXPECT_EQ(targets(made), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST_F(LatePlanTest, TheGuardsAreThoseOfTheInitramfs) {
    auto now = machine();
    now.add("0000:05:00.0", "pci0000:00/02.0/00.0", 0x8086, 0x1533, kNetwork)
        .group(10)
        .driver("igb");
    const auto made = late(now);
    EXPECT_TRUE(made.refused);
    EXPECT_EQ(lines(made), lines(plan(now)));
}

}  // namespace
}  // namespace early_bind
