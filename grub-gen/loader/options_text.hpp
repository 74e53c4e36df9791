// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// The words of an entry's options, cut as the kernel cuts them, without quotes.
[[nodiscard]] std::vector<std::string> words_of(std::string_view options);

/// The options with more arguments behind them, or before a lone `--`, which ends the kernel's
/// part.
[[nodiscard]] std::string with_arguments(std::string_view options,
                                         const std::vector<std::string>& arguments);

}  // namespace early_bind
