// SPDX-License-Identifier: MIT
// GoogleTest cases beside the CMocka groups of sample_cmocka.c, for cmocka_test.cpp.

#include <gtest/gtest.h>

#line 10 "sample.cpp"
TEST(Plain, passes) {
    EXPECT_EQ(1 + 1, 2);
}

TEST(Plain, fails_twice) {
    EXPECT_EQ(1, 2);
    ADD_FAILURE() << "and again";
}

TEST(Plain, is_skipped) {
    GTEST_SKIP() << "not here";
}

TEST(Plain, DISABLED_is_left_out) {
    FAIL();
}
