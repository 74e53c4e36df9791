// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// One token of GRUB script (grub-core/script/yylex.l).
struct ScriptToken {
    enum class Kind {
        word,
        newline,
        separator,  ///< one of ; & | < >
        open,       ///< {
        close,      ///< }
    };

    Kind kind = Kind::word;
    std::size_t begin = 0;  ///< where it stands in the script, in bytes
    std::size_t end = 0;
    std::string text;  ///< a word without its quotes; variables stay as written
};

struct ScriptTokens {
    std::vector<ScriptToken> tokens;
    /// The line, counted from 1, of a quote that never ends; the tokens end before it. 0 for none.
    std::size_t open_quote_line = 0;
};

/// Cuts GRUB script into tokens. Braces are tokens wherever they stand outside of quotes and of
/// `${name}`; `#` begins a comment only at the start of a word.
[[nodiscard]] ScriptTokens tokenize_script(std::string_view script);

}  // namespace early_bind
