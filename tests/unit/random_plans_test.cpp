// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "core/pci/gpu.hpp"
#include "core/plan/plan.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;
using pci::Function;
using pci::Inventory;
using test::kAudio;
using test::kNetwork;
using test::kNvme;
using test::kVga;
using test::lines;
using test::MachineBuilder;
using test::table_of;

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
