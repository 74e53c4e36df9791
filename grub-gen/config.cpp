// SPDX-License-Identifier: MIT
#include "grub-gen/config.hpp"

#include <fmt/core.h>

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

Fault read_screen(const toml::node& node, Screen& screen) {
    constexpr std::array<std::pair<std::string_view, Screen>, 3> kScreens = {
        {{"release", Screen::release}, {"keep", Screen::keep}, {"none", Screen::none}}};
    const auto* string = node.as_string();
    for (const auto& [word, value] : kScreens) {
        if (string != nullptr && string->get() == word) {
            screen = value;
            return std::nullopt;
        }
    }
    return at_position(position_of(node),
                       "`framebuffer` must be \"keep\", \"release\" or \"none\"");
}

Fault read_profile_framebuffer(const toml::node& node, ProfileConfig& profile) {
    return read_screen(node, profile.screen.emplace());
}

Fault read_common_framebuffer(const toml::node& node, Config& config) {
    return read_screen(node, config.screen);
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

Fault read_keep(const toml::node& node, ProfileConfig& profile) {
    return read_selectors(node, "keep", profile.keep.emplace());
}

Fault read_pass(const toml::node& node, ProfileConfig& profile) {
    return read_selectors(node, "pass", profile.pass.emplace());
}

Fault read_devices(const toml::node& node, ProfileConfig& profile) {
    return read_selectors(node, "devices", profile.devices);
}

Fault profile_name_fault(std::string_view name, const Position& position) {
    if (name == kStock) {
        return at_position(position, "`stock` is the word for the distribution's own entries");
    }
    if (is_profile_name(name)) {
        return std::nullopt;
    }
    return at_position(position, fmt::format("{} cannot be a profile's name: it takes 1 to 64 of "
                                             "a-z, 0-9, `.`, `_` and `-`, and starts with a letter "
                                             "or digit",
                                             quoted(name)));
}

Fault read_name(const toml::node& node, ProfileConfig& profile) {
    const auto* string = node.as_string();
    if (string == nullptr) {
        return at_position(position_of(node), "`name` must be a string, such as \"work\"");
    }
    profile.new_name = string->get();
    profile.new_name_position = position_of(node);
    return profile_name_fault(profile.new_name, profile.new_name_position);
}

/// A title is one line of text that the menu can show: printable, and not too long for it.
Fault read_title(const toml::node& node, ProfileConfig& profile) {
    constexpr std::size_t kLongest = 200;
    const auto* string = node.as_string();
    if (string == nullptr || text::trim(string->get()).empty() || string->get().size() > kLongest ||
        text::printable(string->get()) != string->get()) {
        return at_position(
            position_of(node),
            fmt::format("`title` must be one line of text, at most {} bytes", kLongest));
    }
    profile.title = text::trim(string->get());
    return std::nullopt;
}

Fault read_order(const toml::node& node, ProfileConfig& profile) {
    const auto* number = node.as_integer();
    if (number == nullptr) {
        return at_position(position_of(node), "`order` must be a whole number");
    }
    profile.order = number->get();
    return std::nullopt;
}

Fault read_hidden(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "hidden", profile.hidden);
}

Fault read_enabled(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "enabled", profile.enabled);
}

/// A size that a string states; nothing for any other value.
std::optional<std::uint64_t> size_of(const toml::node& node) {
    const auto* string = node.as_string();
    return string != nullptr ? parse_size(string->get()) : std::nullopt;
}

Fault read_memory(const toml::node& node, ProfileConfig& profile) {
    auto& memory = profile.resources.memory.emplace();
    memory.position = position_of(node);
    const toml::array* sizes = node.as_array();
    memory.per_node = sizes != nullptr;
    bool fine = true;
    std::uint64_t total = 0;
    const auto take = [&](const toml::node& value) {
        const auto size = size_of(value);
        fine = fine && size.has_value();
        memory.mebibytes.push_back(size.value_or(0));
        total += size.value_or(0);
    };
    if (sizes == nullptr) {
        take(node);
    } else {
        for (const auto& value : *sizes) {
            take(value);
        }
    }
    if (!fine || total == 0) {
        return at_position(
            memory.position,
            "`memory` must be a size such as \"16G\", or one for each NUMA node such "
            "as [\"8G\", \"8G\"]");
    }
    return std::nullopt;
}

Fault read_pages(const toml::node& node, ProfileConfig& profile) {
    const auto* string = node.as_string();
    const std::string_view size = string != nullptr ? std::string_view(string->get()) : "";
    if (size != "2M" && size != "1G") {
        return at_position(position_of(node), "`pages` must be \"2M\" or \"1G\"");
    }
    profile.resources.page_mebibytes = size == "1G" ? 1024 : 2;
    return std::nullopt;
}

Fault read_cpus(const toml::node& node, ProfileConfig& profile) {
    const auto* string = node.as_string();
    auto cpus = string != nullptr ? parse_cpu_list(string->get()) : std::nullopt;
    if (!cpus || cpus->empty()) {
        return at_position(position_of(node),
                           "`cpus` must be a list of CPUs, such as \"4-7,12-15\"");
    }
    profile.resources.cpus = CpuRequest{std::move(*cpus), position_of(node)};
    return std::nullopt;
}

Fault read_zram(const toml::node& node, ProfileConfig& profile) {
    auto& zram = profile.resources.zram.emplace();
    zram.position = position_of(node);
    if (const auto* boolean = node.as_boolean()) {
        zram.on = boolean->get();
        return std::nullopt;
    }
    zram.mebibytes = size_of(node);
    if (zram.mebibytes.value_or(0) == 0) {
        return at_position(zram.position, "`zram` must be a size such as \"4G\", true or false");
    }
    return std::nullopt;
}

Fault read_algorithm(const toml::node& node, std::string_view key, std::string& algorithm) {
    const auto* string = node.as_string();
    if (string == nullptr || !is_zram_algorithm(string->get())) {
        return at_position(position_of(node),
                           fmt::format("`{}` must be the kernel's name of a compression "
                                       "algorithm, such as \"zstd\"",
                                       key));
    }
    algorithm = string->get();
    return std::nullopt;
}

Fault read_zram_algorithm(const toml::node& node, ProfileConfig& profile) {
    return read_algorithm(node, "zram_algorithm", profile.resources.zram_algorithm);
}

Fault read_zswap(const toml::node& node, ProfileConfig& profile) {
    return read_switch(node, "zswap", profile.resources.zswap.emplace());
}

Fault read_zswap_compressor(const toml::node& node, ProfileConfig& profile) {
    return read_algorithm(node, "zswap_compressor", profile.resources.zswap_compressor);
}

Fault read_zswap_max_pool_percent(const toml::node& node, ProfileConfig& profile) {
    const auto* number = node.as_integer();
    if (number == nullptr || number->get() < 1 || number->get() > 100) {
        return at_position(position_of(node),
                           "`zswap_max_pool_percent` must be a whole number, 1 to 100");
    }
    profile.resources.zswap_max_pool_percent = static_cast<unsigned>(number->get());
    return std::nullopt;
}

constexpr std::array kProfileKeys = {
    Key<ProfileConfig>{"keep", read_keep},
    Key<ProfileConfig>{"pass", read_pass},
    Key<ProfileConfig>{"devices", read_devices},
    Key<ProfileConfig>{"name", read_name},
    Key<ProfileConfig>{"title", read_title},
    Key<ProfileConfig>{"order", read_order},
    Key<ProfileConfig>{"hidden", read_hidden},
    Key<ProfileConfig>{"enabled", read_enabled},
    Key<ProfileConfig>{"memory", read_memory},
    Key<ProfileConfig>{"pages", read_pages},
    Key<ProfileConfig>{"cpus", read_cpus},
    Key<ProfileConfig>{"zram", read_zram},
    Key<ProfileConfig>{"zram_algorithm", read_zram_algorithm},
    Key<ProfileConfig>{"zswap", read_zswap},
    Key<ProfileConfig>{"zswap_compressor", read_zswap_compressor},
    Key<ProfileConfig>{"zswap_max_pool_percent", read_zswap_max_pool_percent},
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
        if (auto fault = profile_name_fault(name, position)) {
            return fault;
        }
        const toml::table* table = value->as_table();
        if (table == nullptr) {
            return at_position(position_of(*value),
                               fmt::format("the profile {0} must be a table: [profile.{0}]", name));
        }
        if (auto fault = unquoted_dot(name, *table)) {
            return fault;
        }
        ProfileConfig profile{.name = name, .position = position};
        if (auto fault = read_keys<ProfileConfig>(*table, kProfileKeys, profile)) {
            return fault;
        }
        if (profile.keep && profile.pass) {
            return at_position(position,
                               fmt::format("the profile {} has both `keep` and `pass`: one of them "
                                           "says it all",
                                           name));
        }
        config.profiles.push_back(std::move(profile));
    }
    return std::nullopt;
}

Fault read_roms(const toml::node& node, Config& config) {
    const toml::table* roms = node.as_table();
    if (roms == nullptr) {
        return at_position(position_of(node),
                           "`rom` must be a table of devices with their files, such as [rom] and "
                           "\"01:00.0\" = \"/usr/share/vgabios/card.rom\" below it");
    }
    for (const auto& [key, value] : in_file_order(*roms)) {
        const auto* string = value->as_string();
        if (value->is_table()) {
            return at_position(position_of(key->source()),
                               "a device with a dot in it needs quotes: \"01:00.0\" = ...");
        }
        if (string == nullptr || !is_rom_path(string->get())) {
            return at_position(position_of(*value),
                               fmt::format("the ROM of {} must be the whole path of a file, such "
                                           "as \"/usr/share/vgabios/card.rom\"",
                                           quoted(key->str())));
        }
        config.roms.push_back(
            {{std::string(key->str()), position_of(key->source())}, string->get()});
    }
    return std::nullopt;
}

constexpr std::array kKeys = {
    Key<Config>{"host_only", read_host_only},
    Key<Config>{"static", read_static},
    Key<Config>{"framebuffer", read_common_framebuffer},
    Key<Config>{"deadline", read_deadline},
    Key<Config>{"profile", read_profiles},
    Key<Config>{"rom", read_roms},
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

bool is_rom_path(std::string_view text) {
    return text.size() > 1 && text.front() == '/' && text.back() != '/' &&
           text::printable(text) == text;
}

const ProfileConfig* Config::find(std::string_view profile) const {
    const auto found = std::find_if(
        profiles.begin(), profiles.end(),
        [profile](const ProfileConfig& entry) { return entry.final_name() == profile; });
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

Result<void> check_profile_names(const Config& config, const std::vector<std::string>& generated) {
    std::vector<std::string> names = generated;
    const auto is_generated = [&generated](const std::string& name) {
        return std::find(generated.begin(), generated.end(), name) != generated.end();
    };
    for (const auto& profile : config.profiles) {
        const bool own = profile.keep || profile.pass;
        if (is_generated(profile.name) == own) {
            const auto hint = did_you_mean(profile.name, {generated.begin(), generated.end()});
            return fail(at_position(
                profile.position,
                own ? fmt::format("the profile `{}` is made by grub-gen and keeps what its name "
                                  "says; give `keep` and `pass` to one of another name",
                                  profile.name)
                    : fmt::format("this machine has no profile `{}`{}", profile.name,
                                  hint.empty() ? "; `grub-gen scan` lists them, and `keep` or "
                                                 "`pass` makes one of your own"
                                               : hint)));
        }
        if (own) {
            names.push_back(profile.name);
        }
    }
    for (const auto& profile : config.profiles) {
        if (profile.new_name.empty() || profile.new_name == profile.name) {
            continue;
        }
        if (std::find(names.begin(), names.end(), profile.new_name) != names.end()) {
            return fail(
                at_position(profile.new_name_position,
                            fmt::format("there is a profile `{}` already", profile.new_name)));
        }
        names.push_back(profile.new_name);
    }
    return {};
}

}  // namespace early_bind
