// SPDX-License-Identifier: MIT
#pragma once

namespace early_bind::testing {

/// Turns every test of every EARLY_BIND_CMOCKA_GROUP of the program into a GoogleTest case. To be
/// called between InitGoogleTest() and RUN_ALL_TESTS().
void register_cmocka_groups();

}  // namespace early_bind::testing
