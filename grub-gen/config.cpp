// SPDX-License-Identifier: MIT
#include "grub-gen/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "core/profile/boot_table.hpp"
#include "core/profile/profile.hpp"
#include "core/text.hpp"
#include "grub-gen/kernel_arguments.hpp"
#include "grub-gen/suggestion.hpp"
#include "grub-gen/toml.hpp"

namespace early_bind {
namespace {

/// A finished error text, or nothing when all is well.
using Fault = std::optional<std::string>;

Position position_of(const toml::source_region& region) {
    return {static_cast<unsigned>(region.begin.line), static_cast<unsigned>(region.begin.column)};
}

Position position_of(const toml::node& node) {
    return position_of(node.source());
}

/// Text of the file, fit for a message.
std::string quoted(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    const bool cut = text.size() > kLongest;
    return fmt::format("`{}{}`", text::printable(text.substr(0, kLongest)), cut ? "..." : "");
}

/// One key that a table of the configuration may have. To add a key, add a row and a reader.
template <class Target>
struct Key {
    std::string_view name;
    Fault (*read)(const toml::node& value, Target& target);
};

/// The entries of a table in the order in which they are written; toml++ keeps them by name.
std::vector<std::pair<const toml::key*, const toml::node*>> in_file_order(
    const toml::table& table) {
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;
    for (const auto& [key, value] : table) {
        entries.emplace_back(&key, &value);
    }
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        const auto& one = a.first->source().begin;
        const auto& other = b.first->source().begin;
        return one.line != other.line ? one.line < other.line : one.column < other.column;
    });
    return entries;
}

template <class Target>
Fault read_keys(const toml::table& table, std::span<const Key<Target>> keys, Target& target) {
    for (const auto& [key, value] : in_file_order(table)) {
        const auto found = std::find_if(
            keys.begin(), keys.end(),
            [name = key->str()](const Key<Target>& known) { return known.name == name; });
        if (found == keys.end()) {
            std::vector<std::string_view> names;
            for (const auto& known : keys) {
                names.push_back(known.name);
            }
            return at_position(position_of(key->source()),
                               fmt::format("unknown key {}{}", quoted(key->str()),
                                           did_you_mean(key->str(), names)));
        }
        if (auto fault = found->read(*value, target)) {
            return fault;
        }
    }
    return std::nullopt;
}

/// Calls `take(text, position)` for each string of a list; `take` may return a fault.
template <class Take>
Fault read_strings(const toml::node& node, std::string_view key, const char* example, Take take) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
        return at_position(position_of(node),
                           fmt::format("`{}` must be a list of strings, such as {}", key, example));
    }
    for (const auto& element : *array) {
        const auto* string = element.as_string();
        if (string == nullptr) {
            return at_position(position_of(element),
                               fmt::format("`{}` takes strings only, such as {}", key, example));
        }
        if (Fault fault = take(std::string_view(string->get()), position_of(element))) {
            return fault;
        }
    }
    return std::nullopt;
}

Fault read_selectors(const toml::node& node, std::string_view key,
                     std::vector<WrittenSelector>& selectors) {
    return read_strings(node, key, "[\"0000:01:00.0\"]",
                        [&selectors](std::string_view text, Position position) -> Fault {
                            selectors.push_back({std::string(text), position});
                            return std::nullopt;
                        });
}

Fault read_host_only(const toml::node& node, Config& config) {
    return read_selectors(node, "host_only", config.host_only);
}

Fault read_static(const toml::node& node, Config& config) {
    return read_selectors(node, "static", config.statics);
}

Fault read_arguments(const toml::node& node, ProfileConfig& profile) {
    return read_strings(node, "arguments", "[\"mitigations=off\"]",
                        [&profile](std::string_view text, Position position) -> Fault {
                            if (const std::string fault = argument_mistake(text); !fault.empty()) {
                                return at_position(position,
                                                   fmt::format("the argument {} cannot be used: {}",
                                                               quoted(text), fault));
                            }
                            profile.arguments.emplace_back(text);
                            return std::nullopt;
                        });
}

Fault read_switch(const toml::node& node, std::string_view key, bool& value) {
    const auto* boolean = node.as_boolean();
    if (boolean == nullptr) {
        return at_position(position_of(node), fmt::format("`{}` must be true or false", key));
    }
    value = boolean->get();
    return std::nullopt;
}

Fault read_disable_idle_d3(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "disable_idle_d3", profile.disable_idle_d3);
}

Fault read_disable_vga(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "disable_vga", profile.disable_vga);
}

Fault read_d3cold_allowed(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "d3cold_allowed", profile.d3cold_allowed.emplace());
}

Fault read_framebuffer(const toml::node& node, bool& keep) {
    const auto* string = node.as_string();
    if (string == nullptr || (string->get() != "keep" && string->get() != "release")) {
        return at_position(position_of(node), "`framebuffer` must be \"keep\" or \"release\"");
    }
    keep = string->get() == "keep";
    return std::nullopt;
}

Fault read_profile_framebuffer(const toml::node& node, ProfileConfig& profile) {
    return read_framebuffer(node, profile.keep_framebuffer.emplace());
}

Fault read_common_framebuffer(const toml::node& node, Config& config) {
    return read_framebuffer(node, config.keep_framebuffer);
}

Fault read_deadline(const toml::node& node, Config& config) {
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 1 || number->get() > kLongestDeadline) {
        return at_position(
            position_of(node),
            fmt::format("`deadline` must be a whole number of seconds, 1 to {}", kLongestDeadline));
    }
    config.deadline = static_cast<unsigned>(number->get());
    return std::nullopt;
}

constexpr std::array kProfileKeys = {
    Key<ProfileConfig>{"arguments", read_arguments},
    Key<ProfileConfig>{"framebuffer", read_profile_framebuffer},
    Key<ProfileConfig>{"disable_idle_d3", read_disable_idle_d3},
    Key<ProfileConfig>{"disable_vga", read_disable_vga},
    Key<ProfileConfig>{"d3cold_allowed", read_d3cold_allowed},
};

/// TOML takes an unquoted dot in [profile.keep-10de-01.1] for another level. Names that grub-gen
/// makes have dots, so say what to write; nothing when the table's keys are no such accident.
Fault unquoted_dot(const std::string& name, const toml::table& table) {
    for (const auto& [key, value] : table) {
        const bool known =
            std::any_of(kProfileKeys.begin(), kProfileKeys.end(),
                        [&key = key](const auto& one) { return one.name == key.str(); });
        const toml::table* level = value.as_table();
        if (known || level == nullptr) {
            continue;
        }
        std::string whole = fmt::format("{}.{}", name, key.str());
        while (level != nullptr && !level->empty()) {
            const auto next = level->cbegin();
            const std::string_view next_name = next->first.str();
            level = next->second.as_table();
            if (level != nullptr) {
                whole += fmt::format(".{}", next_name);
            }
        }
        return at_position(
            position_of(key.source()),
            fmt::format("a profile's name with a dot in it needs quotes: [profile.\"{}\"]",
                        text::printable(whole)));
    }
    return std::nullopt;
}

Fault read_profiles(const toml::node& node, Config& config) {
    const toml::table* profiles = node.as_table();
    if (profiles == nullptr) {
        return at_position(position_of(node),
                           "`profile` must be a table for each profile, such as "
                           "[profile.pass-all]");
    }
    for (const auto& [key, value] : in_file_order(*profiles)) {
        const std::string name(key->str());
        const Position position = position_of(key->source());
        if (!is_profile_name(name)) {
            return at_position(position,
                               fmt::format("{} cannot be a profile's name: it takes 1 to 64 of "
                                           "a-z, 0-9, `.`, `_` and `-`, and starts with a letter "
                                           "or digit",
                                           quoted(name)));
        }
        const toml::table* table = value->as_table();
        if (table == nullptr) {
            return at_position(position_of(*value),
                               fmt::format("the profile {0} must be a table: [profile.{0}]", name));
        }
        if (auto fault = unquoted_dot(name, *table)) {
            return fault;
        }
        ProfileConfig profile;
        profile.name = name;
        profile.position = position;
        if (auto fault = read_keys<ProfileConfig>(*table, kProfileKeys, profile)) {
            return fault;
        }
        config.profiles.push_back(std::move(profile));
    }
    return std::nullopt;
}

constexpr std::array kKeys = {
    Key<Config>{"host_only", read_host_only},
    Key<Config>{"static", read_static},
    Key<Config>{"framebuffer", read_common_framebuffer},
    Key<Config>{"deadline", read_deadline},
    Key<Config>{"profile", read_profiles},
};

/// toml++ says "Error while parsing array: expected comma"; we say "cannot read this array: ...".
std::string syntax_fault(const toml::parse_error& error) {
    std::string text = text::printable(error.description());
    constexpr std::string_view kPrefix = "Error while parsing ";
    if (text.starts_with(kPrefix)) {
        text.replace(0, kPrefix.size(), "cannot read this ");
    } else {
        text.insert(0, "cannot read this: ");
    }
    return at_position(position_of(error.source()), text);
}

}  // namespace

std::string at_position(const Position& position, std::string_view message) {
    return fmt::format("line {}, column {}: {}", position.line, position.column, message);
}

const ProfileConfig* Config::find(std::string_view profile) const {
    const auto found =
        std::find_if(profiles.begin(), profiles.end(),
                     [profile](const ProfileConfig& entry) { return entry.name == profile; });
    return found == profiles.end() ? nullptr : &*found;
}

Result<Config> parse_config(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        return fail(syntax_fault(parsed.error()));
    }
    Config config;
    if (auto fault = read_keys<Config>(parsed.table(), kKeys, config)) {
        return fail(std::move(*fault));
    }
    return config;
}

Result<void> check_profile_names(const Config& config, const std::vector<std::string>& names) {
    for (const auto& profile : config.profiles) {
        if (std::find(names.begin(), names.end(), profile.name) == names.end()) {
            const auto hint = did_you_mean(profile.name, {names.begin(), names.end()});
            return fail(
                at_position(profile.position,
                            fmt::format("this machine has no profile `{}`{}", profile.name,
                                        hint.empty() ? "; `grub-gen scan` lists them" : hint)));
        }
    }
    return {};
}

}  // namespace early_bind
