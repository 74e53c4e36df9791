// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_order.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {
namespace {

using text::is_digit;
using text::is_letter;

bool counts(char c) {
    return is_digit(c) || is_letter(c) ||
           std::string_view("~-^.").find(c) != std::string_view::npos;
}

int sign(std::size_t a, std::size_t b) {
    return a < b ? -1 : static_cast<int>(a > b);
}

/// The run of such characters at the front of `text`, which it is taken off.
template <class Test>
std::string_view take_while(std::string_view& text, Test test) {
    const auto end = std::find_if_not(text.begin(), text.end(), test);
    const auto run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(run.size());
    return run;
}

/// Where one of the two begins with `mark`, that one is the older; taken off where both do.
int compare_mark(std::string_view& a, std::string_view& b, char mark) {
    const bool at_a = a.starts_with(mark);
    const bool at_b = b.starts_with(mark);
    if (at_a && at_b) {
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return at_a == at_b ? 0 : at_a ? -1 : 1;
}

int compare_numbers(std::string_view& a, std::string_view& b) {
    const auto is_zero = [](char c) { return c == '0'; };
    take_while(a, is_zero);
    take_while(b, is_zero);
    const auto first = take_while(a, is_digit);
    const auto second = take_while(b, is_digit);
    const int by_length = sign(first.size(), second.size());
    return by_length != 0 ? by_length : first.compare(second);
}

int compare_words(std::string_view& a, std::string_view& b) {
    const auto first = take_while(a, is_letter);
    const auto second = take_while(b, is_letter);
    const auto length = std::min(first.size(), second.size());
    const int by_letters = first.substr(0, length).compare(second.substr(0, length));
    return by_letters != 0 ? by_letters : sign(first.size(), second.size());
}

/// The file's name as systemd-boot compares it.
std::string folded(const BlsFile& file) {
    return text::lower_case(file.name);
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) {
        return sign(a.size(), b.size());
    }
    while (true) {
        const auto is_noise = [](char c) { return !counts(c); };
        take_while(a, is_noise);
        take_while(b, is_noise);
        if (const int order = compare_mark(a, b, '~'); order != 0) {
            return order;
        }
        if (a.empty() || b.empty()) {
            return sign(a.size(), b.size());
        }
        for (const char mark : {'-', '^', '.'}) {
            if (const int order = compare_mark(a, b, mark); order != 0) {
                return order;
            }
        }
        const bool numbers =
            (!a.empty() && is_digit(a.front())) || (!b.empty() && is_digit(b.front()));
        if (const int order = numbers ? compare_numbers(a, b) : compare_words(a, b); order != 0) {
            return order;
        }
    }
}

bool is_shown_before(const BlsFile& a, const BlsFile& b) {
    const bool used_up[] = {a.tries_left == 0U, b.tries_left == 0U};
    if (used_up[0] != used_up[1]) {
        return used_up[1];
    }
    const bool sorted[] = {a.has("sort-key"), b.has("sort-key")};
    if (sorted[0] != sorted[1]) {
        return sorted[0];
    }
    if (sorted[0]) {
        for (const char* key : {"sort-key", "machine-id"}) {
            if (const int order = a.value(key).compare(b.value(key)); order != 0) {
                return order < 0;
            }
        }
        if (const int order = compare_versions(a.value("version"), b.value("version"));
            order != 0) {
            return order > 0;
        }
    }
    if (const int order = compare_versions(folded(a), folded(b)); order != 0) {
        return order > 0;
    }
    return a.tries_left.value_or(0) > b.tries_left.value_or(0);
}

bool matches_pattern(std::string_view pattern, std::string_view name) {
    return ::fnmatch(text::lower_case(pattern).c_str(), text::lower_case(name).c_str(), 0) == 0;
}

}  // namespace early_bind
