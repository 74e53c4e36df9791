// SPDX-License-Identifier: MIT
#include "grub-gen/quote.hpp"

#include <algorithm>

namespace early_bind {
namespace {

/// How many bytes the UTF-8 character at the start of `text` has, 0 when there is none (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool wrong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0) ||
                       (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90);
    return wrong ? 0 : length;
}

/// Control characters of ASCII and of Latin-1 (U+0080 to U+009F).
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7f ||
           (first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0);
}

}  // namespace

std::string quote(std::string_view text) {
    std::string word = "'";
    std::size_t kept = 0;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto character = text.substr(0, std::max<std::size_t>(length, 1));
        kept += character.size();
        if (kept > kQuoteLimit) {
            break;
        }
        if (length == 0) {
            word += '?';
        } else if (is_control(character)) {
            word += ' ';
        } else if (character == "'") {
            word += "'\\''";
        } else {
            word += character;
        }
        text.remove_prefix(character.size());
    }
    return word + "'";
}

}  // namespace early_bind
