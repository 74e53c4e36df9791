// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/export/tweaks.hpp"

namespace early_bind {
namespace {

TEST(Tweaks, SizesOfLookingGlass) {
    EXPECT_EQ(parse_looking_glass("64"), 64U);
    EXPECT_EQ(parse_looking_glass("1024"), 1024U);
    EXPECT_EQ(parse_looking_glass("1920x1080"), 32U);  // as looking-glass.io computes it
    EXPECT_EQ(parse_looking_glass("2560x1440"), 64U);
    EXPECT_EQ(parse_looking_glass("3840x2160"), 128U);
    for (const char* text : {"", "0", "48", "2048", "64M", "-1", "x", "1920x", "x1080", "0x1080",
                             "32768x32768", "99999999999x1", "1920x1080x2"}) {
        EXPECT_EQ(parse_looking_glass(text), std::nullopt) << text;
    }
}

TEST(Tweaks, VendorIds) {
    EXPECT_TRUE(is_vendor_id("a"));
    EXPECT_TRUE(is_vendor_id("GenuineIntel"));
    for (const char* text : {"", "GenuineIntel1", "a,b", "a b", "'"}) {
        EXPECT_FALSE(is_vendor_id(text)) << text;
    }
}

}  // namespace
}  // namespace early_bind
