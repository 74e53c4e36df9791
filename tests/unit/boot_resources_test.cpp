// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "early-bind/resources.hpp"
#include "early-bind/zram.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using test::TemporaryRoot;

/// "name: asked, now, code", one line for each.
std::vector<std::string> lines(const TemporaryRoot& t, std::string_view command_line) {
    std::vector<std::string> out;
    for (const auto& resource : read_resources(t.root(), command_line)) {
        out.push_back(resource.name + ": " + resource.asked + ", " + resource.now + ", " +
                      std::string(info(resource.code).name));
    }
    return out;
}

using Lines = std::vector<std::string>;

TEST(BootResources, NothingAskedIsNothingToSay) {
    const TemporaryRoot t;
    EXPECT_EQ(lines(t, "ro quiet early-bind.profile=a"), Lines());
}

TEST(BootResources, WhatTheKernelGaveIsReadBack) {
    TemporaryRoot t;
    t.file("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "16\n");
    t.file("sys/devices/system/cpu/isolated", "2-5\n");
    t.file("run/early-bind/zram", "4096 zstd\n");
    t.file("proc/swaps",
           "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 999999 0 -2\n"
           "/dev/zram0                              partition\t4194300\t0\t100\n");
    EXPECT_EQ(lines(t,
                    "default_hugepagesz=1G hugepagesz=1G hugepages=16 "
                    "isolcpus=managed_irq,domain,2-3,5"),
              (Lines{"huge pages of 1 GiB: 16, 16, ok", "isolated CPUs: 2-3,5, 2-5, ok",
                     "zram: 4096 MiB, 4096 MiB, ok"}));
}

TEST(BootResources, WhatIsMissingHasACode) {
    TemporaryRoot t;
    t.file("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "100\n");
    t.file("sys/devices/system/cpu/isolated", "\n");
    t.file("run/early-bind/zram", "512\n");
    t.file("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/zram0 partition 262140 0 1\n");
    EXPECT_EQ(
        lines(t, "hugepages=128 isolcpus=1"),
        (Lines{"huge pages of 2 MiB: 128, 100, hugepages-short",
               "isolated CPUs: 1, none, cpus-not-isolated", "zram: 512 MiB, 256 MiB, zram-short"}));
}

TEST(BootResources, ZramIsAskedOfGeneratorAndUnitAlike) {
    TemporaryRoot t;
    t.directory("run");
    ASSERT_TRUE(ask_for_zram(t.root(), {2048, "zstd"}));
    EXPECT_EQ(t.content("run/early-bind/zram"), "2048 zstd\n");
    EXPECT_EQ(t.content("run/systemd/zram-generator.conf.d/zz-early-bind.conf"),
              "# Written by early-bind for the profile of this boot.\n[zram0]\nzram-size = 2048\n"
              "compression-algorithm = zstd\n");
    ASSERT_TRUE(ask_for_zram(t.root(), {512, ""}));
    EXPECT_EQ(t.content("run/early-bind/zram"), "512\n");
    EXPECT_EQ(t.content("run/systemd/zram-generator.conf.d/zz-early-bind.conf"),
              "# Written by early-bind for the profile of this boot.\n[zram0]\nzram-size = 512\n");
}

}  // namespace
}  // namespace early_bind
