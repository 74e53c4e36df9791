// SPDX-License-Identifier: MIT
#include "grub-gen/suggestion.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace early_bind {
namespace {

/// How many letters must be put in, taken out or changed (Levenshtein), case set aside.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    constexpr std::size_t kLongestWord = 256;  // longer ones are no typing mistakes
    std::string_view best;
    std::size_t best_distance = 0;
    if (word.size() > kLongestWord) {
        return best;
    }
    for (const auto candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        const bool near = distance * 3 <= std::max(word.size(), candidate.size());
        if (near && (best.empty() || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    const auto best = nearest(word, known);
    return best.empty() ? std::string() : fmt::format("; did you mean `{}`?", best);
}

}  // namespace early_bind
