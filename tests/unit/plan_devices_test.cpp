// SPDX-License-Identifier: MIT
// What a profile passes besides GPUs.
#include "core/plan/plan.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using test::address;
using test::kNetwork;
using test::machine;
using test::PlanTest;
using test::table_function;
using test::targets;

TEST_F(PlanTest, AProfileTakesItsOtherDevicesAlong) {
    table.devices.push_back(table_function(machine().inventory(), address("0000:03:00.0")));
    table.profiles[0].devices = {0};
    const auto made = plan(machine());
    EXPECT_FALSE(made.refused);
    EXPECT_EQ(targets(made),
              (std::vector<std::string>{"0000:01:00.0", "0000:01:00.1", "0000:03:00.0"}));
}

TEST_F(PlanTest, AnotherDeviceMayShareTheCardsGroup) {
    auto now = machine();
    now.remove("0000:03:00.0");
    now.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(10);
    EXPECT_TRUE(plan(now).refused);
    table.devices.push_back(table_function(now.inventory(), address("0000:03:00.0")));
    table.profiles[0].devices = {0};
    const auto made = plan(now);
    EXPECT_FALSE(made.refused);
    EXPECT_EQ(made.target_count(), 3U);
}

TEST_F(PlanTest, AnotherDeviceThatIsGoneIsLeftOut) {
    table.devices.push_back(table_function(machine().inventory(), address("0000:03:00.0")));
    table.profiles[0].devices = {0};
    auto now = machine();
    now.remove("0000:03:00.0");
    const auto made = plan(now);
    EXPECT_FALSE(made.refused);
    ASSERT_EQ(made.reasons.size(), 1U);
    EXPECT_EQ(made.reasons[0].code, Code::missing);
    EXPECT_EQ(made.reasons[0].text,
              "the device 0000:03:00.0 (8086:1533) is not in this machine, ignoring it");
}

}  // namespace
}  // namespace early_bind
