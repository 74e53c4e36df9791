// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include "core/plan/plan.hpp"
#include "tests/support/machine_builder.hpp"
#include "tests/support/plan_lines.hpp"

namespace early_bind::test {

inline constexpr std::uint32_t kVga = 0x030000;
inline constexpr std::uint32_t kAudio = 0x040300;
inline constexpr std::uint32_t kNetwork = 0x020000;
inline constexpr std::uint32_t kNvme = 0x010802;

/// Two cards, each in a group of its own, a NIC and a disk.
inline MachineBuilder machine() {
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

}  // namespace early_bind::test
