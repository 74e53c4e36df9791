// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "grub-gen/distribution.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Words = std::vector<std::string>;

TEST(DistributionImages, RebuildsWithTheToolThatIsThere) {
    test::TemporaryRoot system;
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs, Words{});
    system.file("usr/bin/booster", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs, Words{});
    system.file("usr/bin/mkinitcpio", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Words{"/usr/bin/mkinitcpio", "-P"}));
    system.file("usr/sbin/update-initramfs", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Words{"/usr/sbin/update-initramfs", "-u", "-k", "all"}));
}

TEST(DistributionImages, RebuildsNothingWhereTheSystemComesAsAnImage) {
    test::TemporaryRoot system;
    system.file("usr/bin/mkinitcpio", "");
    system.file("run/ostree-booted", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs, Words{});
}

}  // namespace
}  // namespace early_bind
