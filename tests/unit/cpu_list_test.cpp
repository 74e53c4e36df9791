// SPDX-License-Identifier: MIT
#include "core/cpu_list.hpp"

#include <gtest/gtest.h>

namespace early_bind {
namespace {

TEST(CpuList, ReadsWhatTheKernelWrites) {
    EXPECT_EQ(parse_cpu_list(""), CpuList());
    EXPECT_EQ(parse_cpu_list("0\n"), CpuList{0});
    EXPECT_EQ(parse_cpu_list("4-6,12"), (CpuList{4, 5, 6, 12}));
    EXPECT_EQ(parse_cpu_list("12,4-6,5"), (CpuList{4, 5, 6, 12}));
    EXPECT_EQ(parse_cpu_list("8191"), CpuList{8191});
}

TEST(CpuList, RefusesTheRest) {
    for (const char* text : {",", "1,", "-1", "1-", "3-1", "a", "1 2", "8192", "0x1", "1-2-3",
                             "99999999999999999999"}) {
        EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
    }
}

TEST(CpuList, WritesTheShortestText) {
    for (const char* text : {"", "0", "0-1", "0-3,8", "0,2,4-7"}) {
        EXPECT_EQ(to_string(parse_cpu_list(text).value()), text);
    }
    EXPECT_EQ(to_string(CpuList{1, 2, 3}), "1-3");
}

TEST(CpuList, TakesAway) {
    EXPECT_EQ(without({0, 1, 2, 3}, {1, 3, 9}), (CpuList{0, 2}));
}

}  // namespace
}  // namespace early_bind
