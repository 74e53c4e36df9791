// SPDX-License-Identifier: MIT
#include "grub-gen/loader/setting.hpp"

#include "core/text.hpp"

namespace early_bind {

std::optional<std::string> find_setting(std::string_view text, std::string_view key) {
    std::optional<std::string> found;
    for (const auto line : text::split(text, '\n')) {
        const auto setting = text::trim(line);
        const auto equals = setting.find('=');
        if (equals == std::string_view::npos || text::trim(setting.substr(0, equals)) != key) {
            continue;
        }
        auto value = text::trim(setting.substr(equals + 1));
        if (value.size() >= 2 && value.front() == value.back() &&
            (value.front() == '"' || value.front() == '\'')) {
            value = value.substr(1, value.size() - 2);
        }
        found = value;
    }
    return found;
}

}  // namespace early_bind
