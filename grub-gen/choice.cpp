// SPDX-License-Identifier: MIT
#include "grub-gen/choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/profile/trial.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/distribution.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/grub_script.hpp"
#include "grub-gen/menu.hpp"
#include "grub-gen/suggestion.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kLargestMenu = std::size_t{16} * 1024 * 1024;

Result<const Profile*> find_profile(const Machine& machine, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& profile : machine.profiles) {
        if (profile.name == name) {
            return &profile;
        }
        names.push_back(profile.name);
    }
    const auto hint = did_you_mean(name, names);
    return fail(fmt::format("this machine has no profile `{}`{}",
                            text::printable(name.substr(0, 80)),
                            hint.empty() ? "; `grub-gen scan` lists them" : hint));
}

/// The path of the profile's entry in the menu that GRUB reads now.
Result<std::string> find_entry(const sysfs::Root& root, const std::string& profile) {
    const auto path = find_distribution(root).menu_path;
    auto menu = root.read(path, kLargestMenu);
    if (!menu) {
        return menu;
    }
    auto entry = entry_path(*menu, profile);
    if (entry.empty()) {
        return fail(
            fmt::format("{} has no entry for the profile {}; `grub-gen apply` makes it, "
                        "unless the profile is hidden or `grub-gen scan` says why it has "
                        "none",
                        root.outside_path(path), profile));
    }
    return entry;
}

}  // namespace

std::string entry_path(std::string_view menu, std::string_view profile) {
    for (const auto& entry : parse_menu(menu).entries) {
        if (entry.id == entry_id(profile, entry.kernel_version)) {
            return fmt::format("{}>{}", kSubmenuId, entry.id);
        }
    }
    return {};
}

Result<std::string> boot_once(const sysfs::Root& root, const Machine& machine,
                              const std::string& profile) {
    const auto found = find_profile(machine, profile);
    if (!found) {
        return tl::unexpected(found.error());
    }
    auto entry = find_entry(root, profile);
    if (!entry) {
        return entry;
    }
    if (root.is_live()) {
        auto where = find_unwritable(root);
        if (!where) {
            return where;
        }
        if (!where->empty()) {
            return fail(
                fmt::format("GRUB cannot write {}, which lies on {}: it would boot the "
                            "profile again and again; pick the entry in the menu instead",
                            root.outside_path(kGrubEnvironment), *where));
        }
    }
    const auto boot_id = root.read(kBootIdPath).value_or("unknown");
    const Trial trial{profile, std::string(text::trim(boot_id))};
    if (auto done = sysfs::replace_file(root, kTrialPath, render_trial(trial)); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = set_grub_variable(root, kOnceVariable, *entry); !done) {
        (void)sysfs::remove(root, kTrialPath);
        return tl::unexpected(done.error());
    }
    return fmt::format("the next boot is the profile {} ({}){}; the boots after it are as before",
                       profile, machine.title(**found),
                       (*found)->headless ? ", and the host will have no display" : "");
}

Result<std::string> set_default(const sysfs::Root& root, const Machine& machine,
                                const std::string& profile, bool headless) {
    if (profile == kStock) {
        const auto done = set_grub_variable(root, kDefaultVariable, "");
        return done ? Result<std::string>("the distribution's own default boots by default")
                    : tl::unexpected(done.error());
    }
    const auto found = find_profile(machine, profile);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (auto entry = find_entry(root, profile); !entry) {
        return entry;
    }
    if (std::count(machine.booted.begin(), machine.booted.end(), profile) == 0) {
        return fail(
            fmt::format("the profile {0} has not come to the end of a boot as it is now; try "
                        "it first: `grub-gen boot-once {0}`",
                        profile));
    }
    if ((*found)->headless && !headless) {
        return fail(
            fmt::format("with the profile {} the host has no display; if that is what you "
                        "want in every boot, add --yes-headless",
                        profile));
    }
    if (auto done = set_grub_variable(root, kDefaultVariable, profile); !done) {
        return tl::unexpected(done.error());
    }
    return fmt::format(
        "the profile {} ({}) boots by default, with the newest kernel; "
        "`grub-gen default {}` takes that back",
        profile, machine.title(**found), kStock);
}

Result<std::string> current_default(const sysfs::Root& root) {
    const auto variables = read_grub_environment(root);
    if (!variables) {
        return tl::unexpected(variables.error());
    }
    const auto found = variables->find(kDefaultVariable);
    return found != variables->end() ? found->second : std::string(kStock);
}

Result<void> forget_choices(const sysfs::Root& root) {
    if (root.exists(kGrubEnvironment)) {
        const auto variables = read_grub_environment(root);
        if (!variables) {
            return tl::unexpected(variables.error());
        }
        for (const auto& [name, value] : *variables) {
            const bool ours = name == kDefaultVariable ||
                              (name == kOnceVariable && value.starts_with(kSubmenuId));
            if (!ours) {
                continue;
            }
            if (auto done = set_grub_variable(root, name, ""); !done) {
                return done;
            }
        }
    }
    return sysfs::remove(root, kTrialPath);
}

}  // namespace early_bind
