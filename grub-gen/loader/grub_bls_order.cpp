// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_bls_order.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace early_bind {
namespace {

using text::is_digit;
using text::is_letter;

/// Takes what separates segments off the front.
void skip_separators(std::string_view& text) {
    const auto* const first = std::find_if(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '~' || c == '+';
    });
    text.remove_prefix(static_cast<std::size_t>(first - text.begin()));
}

/// Takes the characters for which `belongs` holds off the front.
std::string_view take_segment(std::string_view& text, bool (*belongs)(char)) {
    const auto* const end = std::find_if_not(text.begin(), text.end(), belongs);
    const auto segment = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(segment.size());
    return segment;
}

int compare_segments(std::string_view a, std::string_view b, bool numbers) {
    if (numbers) {
        a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
        b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
        if (a.size() != b.size()) {
            return a.size() < b.size() ? -1 : 1;
        }
    }
    return a.compare(b);
}

/// Name, version and release of an id, as split_package_string() fills them.
std::array<std::string_view, 3> parts_of(std::string_view id) {
    const auto last = id.rfind('-');
    if (last == std::string_view::npos) {
        return {id, {}, {}};
    }
    const auto release = id.substr(last + 1);
    const auto rest = id.substr(0, last);
    const auto middle = rest.rfind('-');
    if (middle == std::string_view::npos) {
        return {rest, release, {}};
    }
    return {rest.substr(0, middle), rest.substr(middle + 1), release};
}

}  // namespace

int compare_rpm_versions(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        skip_separators(a);
        skip_separators(b);
        const char first_a = a.empty() ? '\0' : a.front();
        const char first_b = b.empty() ? '\0' : b.front();
        if (first_a == '~' || first_b == '~') {
            if (first_a != first_b) {
                return first_a == '~' ? -1 : 1;
            }
            a.remove_prefix(1);
            b.remove_prefix(1);
            continue;
        }
        if (first_a == '+' || first_b == '+') {
            if (a.empty() || b.empty()) {
                return a.empty() ? -1 : 1;
            }
            if (first_a != first_b) {
                return first_a == '+' ? -1 : 1;
            }
            a.remove_prefix(1);
            b.remove_prefix(1);
            continue;
        }
        if (a.empty() || b.empty()) {
            break;
        }
        const bool numbers = is_digit(first_a);
        if (numbers != is_digit(first_b)) {
            return numbers ? 1 : -1;  // a number is newer than letters
        }
        auto* const belongs = numbers ? is_digit : is_letter;
        const auto segment_a = take_segment(a, belongs);
        const auto segment_b = take_segment(b, belongs);
        if (const int order = compare_segments(segment_a, segment_b, numbers); order != 0) {
            return order;
        }
    }
    if (a.empty() && b.empty()) {
        return 0;
    }
    return a.empty() ? -1 : 1;
}

int compare_bls_ids(std::string_view a, std::string_view b) {
    const auto parts_a = parts_of(a);
    const auto parts_b = parts_of(b);
    for (std::size_t i = 0; i < parts_a.size(); ++i) {
        const int order = compare_rpm_versions(parts_a[i], parts_b[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

}  // namespace early_bind
