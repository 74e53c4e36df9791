// SPDX-License-Identifier: MIT
#include "host/export/tweaks.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::uint64_t kMost = 1024;  // MiB

std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, number);
    return code == std::errc{} && stop == end && number > 0 && number <= most
               ? std::optional<std::uint64_t>(number)
               : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_looking_glass(std::string_view text) {
    constexpr std::uint64_t kMebibyte = std::uint64_t{1024} * 1024;
    const auto cross = text.find('x');
    if (cross == std::string_view::npos) {
        const auto size = parse_number(text, kMost);
        return size && std::has_single_bit(*size) ? size : std::nullopt;
    }
    constexpr std::uint64_t kWidest = 32768;
    const auto width = parse_number(text.substr(0, cross), kWidest);
    const auto height = parse_number(text.substr(cross + 1), kWidest);
    if (!width || !height) {
        return std::nullopt;
    }
    const auto frames = (*width * *height * 4 * 2 + kMebibyte - 1) / kMebibyte;
    const auto size = std::bit_ceil(frames + 10);
    return size <= kMost ? std::optional<std::uint64_t>(size) : std::nullopt;
}

bool is_vendor_id(std::string_view text) {
    constexpr std::size_t kLongest = 12;
    return !text.empty() && text.size() <= kLongest &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return text::is_letter(c) || text::is_digit(c); });
}

}  // namespace early_bind
