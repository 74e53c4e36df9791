// SPDX-License-Identifier: MIT
#include "core/profile/booted.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/profile/profile.hpp"
#include "core/text.hpp"

namespace early_bind {

std::vector<Booted> parse_booted(std::string_view text) {
    std::vector<Booted> booted;
    for (const auto line : text::split(text, '\n')) {
        const auto words = text::split(line, ' ');
        if (words.size() == 2 && is_profile_name(words[0]) && !words[1].empty()) {
            booted.push_back({std::string(words[0]), std::string(words[1])});
        }
    }
    return booted;
}

std::string render_booted(const std::vector<Booted>& booted) {
    std::string out;
    for (const auto& boot : booted) {
        out += fmt::format("{} {}\n", boot.profile, boot.revision);
    }
    return out;
}

std::vector<Booted> with_boot(std::vector<Booted> booted, const Booted& boot) {
    std::erase_if(booted, [&boot](const Booted& other) {
        return other.revision != boot.revision || other == boot;
    });
    booted.push_back(boot);
    return booted;
}

}  // namespace early_bind
