// SPDX-License-Identifier: MIT
#include "core/profile/booted.hpp"

#include <gtest/gtest.h>

namespace early_bind {
namespace {

TEST(Booted, IsReadAsItWasWritten) {
    const std::vector<Booted> booted = {{"keep-a", "00000001"}, {"pass-all", "00000001"}};
    EXPECT_EQ(render_booted(booted), "keep-a 00000001\npass-all 00000001\n");
    EXPECT_EQ(parse_booted(render_booted(booted)), booted);
}

TEST(Booted, LinesThatAreNoneAreLeftOut) {
    EXPECT_EQ(parse_booted("\nKeep 1\nkeep-a\nkeep-a 1 2\nkeep-a \nkeep-b 2\n"),
              (std::vector<Booted>{{"keep-b", "2"}}));
}

TEST(Booted, AnotherBootIsAddedOnce) {
    const std::vector<Booted> one = {{"keep-a", "1"}};
    EXPECT_EQ(with_boot({}, {"keep-a", "1"}), one);
    EXPECT_EQ(with_boot(one, {"keep-a", "1"}), one);
    EXPECT_EQ(with_boot(one, {"keep-b", "1"}),
              (std::vector<Booted>{{"keep-a", "1"}, {"keep-b", "1"}}));
}

TEST(Booted, ABootWithAnotherTableMakesTheOldOnesWorthless) {
    EXPECT_EQ(with_boot({{"keep-a", "1"}, {"keep-b", "1"}}, {"keep-a", "2"}),
              (std::vector<Booted>{{"keep-a", "2"}}));
}

}  // namespace
}  // namespace early_bind
