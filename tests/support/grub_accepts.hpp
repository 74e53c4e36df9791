// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "grub-gen/process.hpp"

namespace early_bind::test {

/// Whether GRUB's own parser takes the script.
inline bool grub_accepts(const std::string& script) {
    process::Options options;
    options.input = script;
    const auto outcome = process::run({"grub-script-check"}, options);
    EXPECT_TRUE(outcome) << outcome.error().what;
    return outcome && outcome->status == 0;
}

}  // namespace early_bind::test
