// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace early_bind {

/// Exit statuses of grub-gen.
enum Exit { kGood = 0, kFailed = 1, kUsage = 2 };

/// Prints on the standard output, as it is.
void print(const std::string& text);

/// Prints "grub-gen: SENTENCE" on the standard error, after what was printed before.
void say(const std::string& sentence);

/// Says each as a warning.
void warn(const std::vector<std::string>& sentences);

/// Says what went wrong; kFailed.
[[nodiscard]] int failed(const Error& error);

}  // namespace early_bind
