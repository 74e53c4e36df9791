// SPDX-License-Identifier: MIT
#include "core/cpu_list.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr unsigned kHighest = 8191;                    // CONFIG_NR_CPUS at most
constexpr std::size_t kMost = std::size_t{16} * 8192;  // repetitions that are still read

std::optional<unsigned> parse_cpu(std::string_view text) {
    unsigned number = 0;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || stop != text.data() + text.size() || number > kHighest) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::optional<CpuList> parse_cpu_list(std::string_view text) {
    CpuList cpus;
    text = text::trim(text);
    if (text.empty()) {
        return cpus;
    }
    for (const auto piece : text::split(text, ',')) {
        const auto dash = piece.find('-');
        const auto first = parse_cpu(piece.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : parse_cpu(piece.substr(dash + 1));
        if (!first || !last || *last < *first || cpus.size() > kMost) {
            return std::nullopt;
        }
        for (unsigned cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(cpu);
        }
    }
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

std::string to_string(const CpuList& cpus) {
    std::string text;
    for (std::size_t first = 0; first < cpus.size();) {
        std::size_t last = first;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) {
            ++last;
        }
        text += fmt::format("{}{}", text.empty() ? "" : ",", cpus[first]);
        if (last > first) {
            text += fmt::format("-{}", cpus[last]);
        }
        first = last + 1;
    }
    return text;
}

CpuList without(const CpuList& all, const CpuList& some) {
    CpuList rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
    return rest;
}

}  // namespace early_bind
