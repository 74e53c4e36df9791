// SPDX-License-Identifier: MIT
#include "grub-gen/distribution.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Command = std::vector<std::string>;

TEST(Distribution, RebuildsWithTheToolThatMakesTheImages) {
    test::TemporaryRoot system;
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs, Command());
    system.file("usr/bin/dracut", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Command{"/usr/bin/dracut", "--regenerate-all", "--force", "--quiet"}));
    // initramfs-tools beside dracut-core, or the wrapper of a newer package dracut.
    system.file("usr/sbin/update-initramfs", "");
    EXPECT_EQ(find_distribution(system.root()).rebuild_initramfs,
              (Command{"/usr/sbin/update-initramfs", "-u", "-k", "all"}));
}

}  // namespace
}  // namespace early_bind
