// SPDX-License-Identifier: MIT
#include "core/profile/trial.hpp"

#include <fmt/core.h>

#include "core/profile/profile.hpp"
#include "core/text.hpp"

namespace early_bind {

std::string render_trial(const Trial& trial) {
    return fmt::format("{} {}\n", trial.profile, trial.boot_id);
}

std::optional<Trial> parse_trial(std::string_view text) {
    const auto words = text::split(text::trim(text), ' ');
    if (words.size() != 2 || !is_profile_name(words[0]) || words[1].empty()) {
        return std::nullopt;
    }
    return Trial{std::string(words[0]), std::string(words[1])};
}

}  // namespace early_bind
