// SPDX-License-Identifier: MIT
#include "core/plan/keep.hpp"

#include <gtest/gtest.h>

#include "core/plan/plan.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using test::address;
using test::kAudio;
using test::kVga;
using test::MachineBuilder;
using Texts = std::vector<std::string>;

/// Two equal cards, a third, and a server's management display.
MachineBuilder server() {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(10);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x10de, 0x2684, kVga).group(11);
    m.add("0000:02:00.1", "pci0000:00/02.0/00.1", 0x10de, 0x22ba, kAudio).group(11);
    m.add("0000:03:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(12);
    m.add("0000:04:00.0", "pci0000:00/04.0/00.0", 0x1a03, 0x2000, kVga).group(13);
    return m;
}

/// The functions that go to vfio-pci, or the error.
Texts passed(std::string_view selector, const pci::Inventory& inventory,
             const BootTable* known = nullptr) {
    const auto table = table_that_keeps(selector, inventory, known);
    if (!table) {
        return {table.error().what};
    }
    Texts out;
    for (const auto& unit : make_plan(inventory, *table, &table->profiles[0]).units) {
        for (const auto& target : unit.targets) {
            out.push_back(to_string(target.address));
        }
    }
    return out;
}

TEST(Keep, EverySelectorKeepsThatCardAndPassesTheOthers) {
    const auto inventory = server().inventory();
    const Texts others = {"0000:01:00.0", "0000:01:00.1", "0000:03:00.0"};
    for (const char* selector : {"0000:02:00.0", "02:00.0", "02:00.1", "pci0000:00/02.0/00.0"}) {
        EXPECT_EQ(passed(selector, inventory), others) << selector;
    }
    EXPECT_EQ(passed("1002:73BF", inventory),
              (Texts{"0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:02:00.1"}));
}

TEST(Keep, AManagementDisplayIsNeverPassedButMayBeAllThatIsKept) {
    const auto inventory = server().inventory();
    EXPECT_EQ(passed("04:00.0", inventory), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:02:00.0",
                                                   "0000:02:00.1", "0000:03:00.0"}));
}

TEST(Keep, NothingIsGuessed) {
    const auto inventory = server().inventory();
    EXPECT_EQ(passed("10de:2684", inventory),
              Texts{"early-bind.keep=10de:2684 matches several GPUs, name one by its address: "
                    "0000:01:00.0 (10de:2684) and 0000:02:00.0 (10de:2684)"});
    EXPECT_EQ(passed("00:1f.2", inventory),
              Texts{"early-bind.keep=00:1f.2 matches no GPU; this machine has 0000:01:00.0 "
                    "(10de:2684), 0000:02:00.0 (10de:2684), 0000:03:00.0 (1002:73bf) and "
                    "0000:04:00.0 (1a03:2000)"});
    EXPECT_EQ(passed("", inventory),
              Texts{"early-bind.keep= names no device; write a PCI address (0000:01:00.0), "
                    "vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0)"});
    EXPECT_EQ(passed("rtx", MachineBuilder().inventory()),
              Texts{"early-bind.keep=rtx names no device; write a PCI address (0000:01:00.0), "
                    "vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0)"});
}

TEST(Keep, WithOneCardThereIsNothingToPass) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
    EXPECT_EQ(passed("01:00.0", m.inventory()),
              Texts{"early-bind.keep=01:00.0 leaves no GPU to pass; this machine has "
                    "0000:01:00.0 (10de:2684)"});
}

/// A table that knows the first and the third card, and passes only the first.
BootTable known_table(const pci::Inventory& inventory) {
    BootTable known;
    for (const char* text : {"0000:01:00.0", "0000:03:00.0"}) {
        known.gpus.push_back({text[6] == '1' ? "first" : "third",
                              {{inventory.find(address(text))->identity, address(text)}}});
    }
    known.profiles.push_back({"keep-third", Status::ok, {1}, {0}, {}});
    known.guarded = {known.gpus[1].functions[0]};
    known.deadline = 30;
    known.revision = "0123abcd";
    return known;
}

TEST(Keep, ATableKeepsWhatItDoesNotKnowAndWhatItNeverPasses) {
    const auto inventory = server().inventory();
    const auto known = known_table(inventory);
    EXPECT_EQ(passed("02:00.0", inventory, &known), (Texts{"0000:01:00.0", "0000:01:00.1"}));
    const auto made = table_that_keeps("02:00.0", inventory, &known).value();
    EXPECT_EQ(made.profiles[0].name, "keep=02:00.0");
    EXPECT_EQ(made.gpus[0].name, "first");
    EXPECT_EQ(made.gpus[1].name, "10de:2684") << "the table has no name for it";
    EXPECT_EQ(made.guarded.size(), 1U);
    EXPECT_EQ(made.deadline, 30U);
    EXPECT_EQ(made.revision, "0123abcd");
}

}  // namespace
}  // namespace early_bind
