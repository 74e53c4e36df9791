// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind::text {

/// Parses the whole of `digits` as an unsigned hexadecimal number, without prefix or sign.
template <class Unsigned>
[[nodiscard]] std::optional<Unsigned> parse_hex(std::string_view digits) {
    Unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, value, 16);
    if (digits.empty() || code != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

/// Of ASCII, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Takes leading and trailing blanks, tabs and newlines off.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Cuts at every `separator`; "" gives one empty piece.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// Makes text from outside safe to print on a terminal, in a log line or in a line-based file:
/// every control character becomes a blank.
[[nodiscard]] std::string printable(std::string_view text);

/// `text` as a JSON string with its quotes (RFC 8259, section 7). Bytes that are no UTF-8 pass
/// through: everything we print comes from ASCII sources.
[[nodiscard]] std::string json_string(std::string_view text);

/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

/// CRC-32 as in ISO 3309, zlib and gzip: polynomial 0xedb88320 reflected.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

}  // namespace early_bind::text
