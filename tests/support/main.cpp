// SPDX-License-Identifier: MIT
// The main() of the test programs: GoogleTest, the CMocka groups among its cases, and CMocka's
// output formats for those who ask for them.

#include <gtest/gtest.h>

#include "tests/support/cmocka_group.hpp"
#include "tests/support/cmocka_output.hpp"

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    early_bind::testing::register_cmocka_groups();
    early_bind::testing::install_cmocka_output();
    return RUN_ALL_TESTS();
}
