// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// The word of `known` that `word` most probably meant: the nearest by edit distance, the first of
/// equals; empty when none is near (more than a third of the letters differ).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& known);

/// "; did you mean `host_only`?" to end a message with, empty when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace early_bind
