// SPDX-License-Identifier: MIT
#include "host/escape.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {

std::string shell_word(std::string_view text) {
    constexpr std::string_view kHarmless = "_@%+=:,./-";
    const bool harmless = !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return text::is_letter(c) || text::is_digit(c) || kHarmless.find(c) != std::string::npos;
    });
    if (harmless) {
        return std::string(text);
    }
    std::string word = "'";
    for (const char c : text::printable(text)) {
        if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + "'";
}

std::string xml_value(std::string_view text) {
    std::string value;
    for (const char c : text) {
        switch (c) {
            case '&':
                value += "&amp;";
                break;
            case '<':
                value += "&lt;";
                break;
            case '\'':
                value += "&apos;";
                break;
            default:
                value += c;
        }
    }
    return value;
}

std::string qemu_value(std::string_view text) {
    std::string value;
    for (const char c : text) {
        value += c;
        if (c == ',') {
            value += c;
        }
    }
    return value;
}

}  // namespace early_bind
