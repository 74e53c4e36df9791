// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_menu.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kGenerator = "etc/grub.d/42_early-bind";
constexpr const char* kDefaults = "etc/default/grub";
constexpr const char* kDefaultsDirectory = "etc/default/grub.d";
constexpr std::string_view kOurs = "early-bind.";
constexpr std::string_view kHarmless = "early-bind.debug";

/// The value of the last of an entry's arguments with this key.
std::string argument(const MenuEntry& entry, std::string_view key) {
    std::string found;
    for (const auto& word : entry.arguments) {
        found = last_value(parse_command_line(word), key).value_or(found);
    }
    return found;
}

bool is_leak(std::string_view word) {
    return word.starts_with(kOurs) && !word.starts_with(kHarmless);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_executable(const sysfs::Root& root, const std::string& path) {
    const int fd = root.open_at(path, O_PATH);
    struct stat status {};
    const bool executable = fd >= 0 && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                            (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    if (fd >= 0) {
        ::close(fd);
    }
    return executable;
}

/// Layouts of a profile or kernel that is not there, a sentence each.
Findings unknown_layouts(const std::string& name, const std::vector<const MenuEntry*>& layouts,
                         const std::vector<std::string>& profiles,
                         const std::vector<std::string>& kernels) {
    Findings findings;
    for (const auto* entry : layouts) {
        const auto profile = argument(*entry, "early-bind.profile");
        if (!contains(profiles, profile)) {
            findings.push_back({Code::menu_entry_unknown,
                                fmt::format("{} has an entry for the profile {} on Linux {}, which "
                                            "the boot table does not offer",
                                            name, profile, entry->kernel_version)});
        } else if (!contains(kernels, entry->kernel_version)) {
            findings.push_back({Code::menu_entry_unknown,
                                fmt::format("{} has an entry for the profile {} on Linux {}, which "
                                            "is not installed or has no initramfs",
                                            name, profile, entry->kernel_version)});
        }
    }
    return findings;
}

/// Profiles without a layout, a sentence for each kernel.
Findings missing_layouts(const std::string& name, const std::vector<const MenuEntry*>& layouts,
                         const std::vector<std::string>& profiles,
                         const std::vector<std::string>& kernels) {
    Findings findings;
    for (const auto& kernel : kernels) {
        std::vector<std::string> missing;
        for (const auto& profile : profiles) {
            const bool there =
                std::any_of(layouts.begin(), layouts.end(), [&](const MenuEntry* entry) {
                    return entry->kernel_version == kernel &&
                           argument(*entry, "early-bind.profile") == profile;
                });
            if (!there) {
                missing.push_back(profile);
            }
        }
        if (!missing.empty()) {
            findings.push_back(
                {Code::menu_entry_missing, fmt::format("{} has no entry on Linux {} for {}", name,
                                                       kernel, text::join_words(missing))});
        }
    }
    return findings;
}

/// Whether our generator is where grub-mkconfig runs it.
Findings judge_generator(const sysfs::Root& root) {
    if (is_executable(root, kGenerator)) {
        return {};
    }
    return {{Code::generator_missing,
             fmt::format("{} is {}", root.outside_path(kGenerator),
                         root.exists(kGenerator) ? "not executable" : "missing")}};
}

/// The files in the form of etc/default/grub, in the order in which grub-mkconfig sources them.
std::vector<std::string> default_files(const sysfs::Root& root) {
    std::vector<std::string> files = {kDefaults};
    for (const auto& name : root.list(kDefaultsDirectory).value_or(std::vector<std::string>())) {
        if (name.ends_with(".cfg")) {
            files.push_back(fmt::format("{}/{}", kDefaultsDirectory, name));
        }
    }
    return files;
}

Findings judge_defaults(const sysfs::Root& root) {
    Findings findings;
    for (const auto& file : default_files(root)) {
        const auto variables = leaking_variables(root.read(file).value_or(""));
        if (!variables.empty()) {
            findings.push_back({Code::token_leaked,
                                fmt::format("{} gives an early-bind argument to every entry in {}",
                                            root.outside_path(file), text::join_words(variables))});
        }
    }
    return findings;
}

/// The kernels that have layouts: with GRUB those that are installed with an image, with
/// systemd-boot, which may call them otherwise, those of the stock entries.
std::vector<std::string> kernels_with_layouts(const Subject& subject) {
    std::vector<std::string> kernels;
    if (!is_grub(subject.loader->kind())) {
        for (const auto& entry : subject.menu.entries) {
            if (!is_layout_id(entry.id)) {
                kernels.push_back(entry.kernel_version);
            }
        }
        return kernels;
    }
    std::copy_if(subject.kernels.begin(), subject.kernels.end(), std::back_inserter(kernels),
                 [&](const std::string& kernel) {
                     return subject.root.exists(image_path(subject.root, kernel));
                 });
    return kernels;
}

}  // namespace

Findings judge_layouts(const std::string& name, const ParsedMenu& menu, const BootTable& table,
                       const std::vector<std::string>& kernels) {
    std::vector<std::string> profiles;
    for (const auto& profile : table.profiles) {
        if (has_entry(profile.status) && !profile.hidden) {
            profiles.push_back(profile.name);
        }
    }
    std::vector<const MenuEntry*> layouts;
    std::size_t stale = 0;
    for (const auto& entry : menu.entries) {
        if (is_layout_id(entry.id)) {
            layouts.push_back(&entry);
            stale += argument(entry, "early-bind.rev") == table.revision ? 0U : 1U;
        }
    }
    if (layouts.empty() && !profiles.empty() && !kernels.empty()) {
        return {{Code::menu_no_layouts, fmt::format("{} has no GPU layouts", name)}};
    }
    Findings findings;
    if (stale > 0) {
        findings.push_back(
            {Code::menu_stale, fmt::format("{} of the {} layouts in {} are for another boot table "
                                           "than the current {}",
                                           stale, layouts.size(), name, table.revision)});
    }
    append(findings, missing_layouts(name, layouts, profiles, kernels));
    append(findings, unknown_layouts(name, layouts, profiles, kernels));
    if (findings.empty()) {
        findings.push_back({Code::menu_ok, fmt::format("{} has the {} layouts of the boot table {}",
                                                       name, layouts.size(), table.revision)});
    }
    return findings;
}

Findings judge_stock_entries(const std::string& name, const ParsedMenu& menu) {
    Findings findings;
    std::set<std::string> said;
    for (const auto& entry : menu.entries) {
        for (const auto& word : entry.arguments) {
            if (!is_layout_id(entry.id) && is_leak(word) &&
                said.insert(entry.title + '\n' + word).second) {
                findings.push_back({Code::token_leaked,
                                    fmt::format("the stock entry '{}' in {} has the argument {}",
                                                entry.title, name, word)});
            }
        }
    }
    return findings;
}

Findings judge_timeout(const std::string& name, const MenuTimeout& timeout) {
    if (timeout.style == "hidden" || timeout.style == "countdown") {
        return {{Code::menu_hidden,
                 fmt::format("{} hides the menu (timeout_style={})", name, timeout.style)}};
    }
    if (timeout.seconds == "0" || timeout.seconds == "0.0") {
        return {{Code::menu_hidden, fmt::format("{} shows the menu for 0 seconds", name)}};
    }
    return {{Code::menu_visible,
             timeout.seconds.empty() || timeout.seconds == "-1"
                 ? fmt::format("{} shows the menu until a key is pressed", name)
                 : fmt::format("{} shows the menu for {} seconds", name, timeout.seconds)}};
}

std::vector<std::string> leaking_variables(std::string_view text) {
    std::vector<std::string> variables;
    for (const auto line : text::split(text, '\n')) {
        const auto assignment = text::trim(line);
        const auto equals = assignment.find('=');
        if (!assignment.starts_with("GRUB_CMDLINE_") || equals == std::string_view::npos) {
            continue;
        }
        auto value = std::string(assignment.substr(equals + 1));
        std::replace_if(
            value.begin(), value.end(), [](char c) { return c == '"' || c == '\''; }, ' ');
        const auto words = text::split(value, ' ');
        if (std::any_of(words.begin(), words.end(), is_leak)) {
            variables.emplace_back(assignment.substr(0, equals));
        }
    }
    return variables;
}

Findings check_menu(const Subject& subject) {
    const auto name = subject.root.outside_path(subject.menu_path);
    if (!subject.root.exists(subject.menu_path)) {
        return {{Code::menu_missing, fmt::format("there is no {}", name)}};
    }
    if (!subject.timeout) {
        return {
            {Code::skipped, fmt::format("the menu was not looked at: {}", subject.menu_mistake)}};
    }
    const bool uses_grub_defaults = is_grub(subject.loader->kind());
    Findings findings;
    if (subject.table) {
        if (uses_grub_defaults) {
            findings = judge_generator(subject.root);
        }
        append(findings,
               judge_layouts(name, subject.menu, *subject.table, kernels_with_layouts(subject)));
    }
    auto leaks = judge_stock_entries(name, subject.menu);
    if (uses_grub_defaults) {
        append(leaks, judge_defaults(subject.root));
    }
    if (leaks.empty()) {
        leaks.push_back({Code::stock_entries_ok,
                         fmt::format("the stock entries in {} have no argument of ours", name)});
    }
    append(findings, std::move(leaks));
    append(findings, judge_timeout(name, *subject.timeout));
    return findings;
}

}  // namespace early_bind::doctor
