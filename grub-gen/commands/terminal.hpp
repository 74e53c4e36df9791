// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace early_bind {

/// Exit statuses of grub-gen and early-bind-host.
enum Exit { kGood = 0, kFailed = 1, kUsage = 2 };

/// The name that messages begin with; main sets it first of all.
void name_program(const char* name);

/// Prints on the standard output, as it is.
void print(const std::string& text);

/// Prints "PROGRAM: SENTENCE" on the standard error, after what was printed before.
void say(const std::string& sentence);

/// Says each as a warning.
void warn(const std::vector<std::string>& sentences);

/// Says what went wrong; kFailed.
[[nodiscard]] int failed(const Error& error);

}  // namespace early_bind
