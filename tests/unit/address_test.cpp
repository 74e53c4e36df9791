// SPDX-License-Identifier: MIT
#include "core/pci/address.hpp"

#include <gtest/gtest.h>

namespace early_bind::pci {
namespace {

TEST(Address, ReadsAndWritesWhatTheKernelWrites) {
    for (const char* text : {"0000:00:00.0", "0000:01:1f.7", "10000:e1:00.0", "ffffffff:ff:1f.7"}) {
        const auto address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(Address, KnowsItsParts) {
    EXPECT_EQ(parse_address("10000:e1:1f.7"), (Address{0x10000, 0xe1, 0x1f, 7}));
}

TEST(Address, RefusesEverythingElse) {
    for (const char* text :
         {"", "01:00.0", "000:01:00.0", "0000:01:20.0", "0000:01:00.8", "0000:01:00",
          "0000:01:00.0 ", "0000:01:00.0\n", "0000-01:00.0", "0000:0g:00.0", "000000000:01:00.0",
          "0000:AB:00.0", "0000:01:00.00", "+000:01:00.0", "-000:01:00.0"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

TEST(Address, OrdersByDomainBusDeviceFunction) {
    EXPECT_LT(parse_address("0000:ff:1f.7"), parse_address("0001:00:00.0"));
    EXPECT_LT(parse_address("0000:01:1f.7"), parse_address("0000:02:00.0"));
    EXPECT_LT(parse_address("0000:01:00.1"), parse_address("0000:01:01.0"));
}

TEST(Address, IsListedInWords) {
    const auto one = *parse_address("0000:01:00.0");
    const auto other = *parse_address("10000:e1:00.1");
    EXPECT_EQ(in_words({}), "");
    EXPECT_EQ(in_words({one}), "0000:01:00.0");
    EXPECT_EQ(in_words({one, other, one}), "0000:01:00.0, 10000:e1:00.1 and 0000:01:00.0");
}

TEST(Address, KnowsItsSlot) {
    EXPECT_TRUE(parse_address("0000:01:00.0")->same_slot(*parse_address("0000:01:00.7")));
    EXPECT_FALSE(parse_address("0000:01:00.0")->same_slot(*parse_address("0000:01:01.0")));
    EXPECT_FALSE(parse_address("0000:01:00.0")->same_slot(*parse_address("0001:01:00.0")));
}

}  // namespace
}  // namespace early_bind::pci
