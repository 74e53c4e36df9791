// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind::legacy {

/// A line that sets a shell variable: `NAME="some words"`, `NAME+=...`, `export NAME=...`.
struct Assignment {
    std::string_view name;                ///< without `+` and `export`
    std::vector<std::string_view> words;  ///< of the value: parts of the line, without quotes
    bool plain = true;       ///< all of the value is in this line, as it will be, in whole words
    char open_quote = '\0';  ///< the quote that a later line closes
};

/// Reads such a line; nothing for any other.
[[nodiscard]] std::optional<Assignment> parse_assignment(std::string_view line);

/// The line without the given words of its value and the blanks that parted them from the rest.
[[nodiscard]] std::string without_words(std::string_view line, const Assignment& assignment,
                                        const std::vector<std::string>& words);

/// The blank-separated words of a text, up to a `#` that begins one.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);

/// Cuts a text into lines, without their ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace early_bind::legacy
