// SPDX-License-Identifier: MIT
#include "grub-gen/choice.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/profile/trial.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/loader/loader.hpp"
#include "grub-gen/suggestion.hpp"

namespace early_bind {
namespace {

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

/// What the loader calls the profile's entry in the menu as it is now.
Result<std::string> find_entry(const sysfs::Root& root, const Loader& loader,
                               const std::string& profile) {
    auto entry = loader.find_entry(profile);
    if (entry && entry->empty()) {
        return fail(
            fmt::format("{} has no entry for the profile {}; `grub-gen apply` makes it, "
                        "unless the profile is hidden or `grub-gen scan` says why it has "
                        "none",
                        root.outside_path(loader.menu_path()), profile));
    }
    return entry;
}

}  // namespace

Result<std::string> boot_once(const sysfs::Root& root, const Machine& machine,
                              const std::string& profile) {
    const auto found = find_profile(machine, profile);
    if (!found) {
        return tl::unexpected(found.error());
    }
    const auto loader = find_loader(root);
    auto entry = find_entry(root, *loader, profile);
    if (!entry) {
        return entry;
    }
    if (root.is_live()) {
        auto obstacle = loader->find_obstacle();
        if (!obstacle) {
            return obstacle;
        }
        if (!obstacle->empty()) {
            return fail(fmt::format("{}; pick the entry in the menu instead", *obstacle));
        }
    }
    const auto boot_id = root.read(kBootIdPath).value_or("unknown");
    const Trial trial{profile, std::string(text::trim(boot_id))};
    if (auto done = sysfs::replace_file(root, kTrialPath, render_trial(trial)); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = loader->set_once(*entry); !done) {
        (void)sysfs::remove(root, kTrialPath);
        return tl::unexpected(done.error());
    }
    return fmt::format("the next boot is the profile {} ({}){}; the boots after it are as before",
                       profile, machine.title(**found),
                       (*found)->headless ? ", and the host will have no display" : "");
}

Result<std::string> set_default(const sysfs::Root& root, const Machine& machine,
                                const std::string& profile, bool headless) {
    const auto loader = find_loader(root);
    if (profile == kStock) {
        const auto done = loader->set_default("");
        return done ? Result<std::string>("the distribution's own default boots by default")
                    : tl::unexpected(done.error());
    }
    const auto found = find_profile(machine, profile);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (auto entry = find_entry(root, *loader, profile); !entry) {
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
    if (auto done = loader->set_default(profile); !done) {
        return tl::unexpected(done.error());
    }
    return fmt::format(
        "the profile {} ({}) boots by default, with the newest kernel; "
        "`grub-gen default {}` takes that back",
        profile, machine.title(**found), kStock);
}

Result<std::string> current_default(const sysfs::Root& root) {
    auto profile = find_loader(root)->current_default();
    return profile && profile->empty() ? Result<std::string>(kStock) : profile;
}

Result<void> forget_choices(const sysfs::Root& root) {
    if (auto done = find_loader(root)->forget_choices(); !done) {
        return done;
    }
    return sysfs::remove(root, kTrialPath);
}

}  // namespace early_bind
