// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/loader/efi_variable.hpp"
#include "grub-gen/loader/systemd_boot_entries.hpp"
#include "grub-gen/loader/uki.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kSystemdBoot = "systemd-boot";

bool is_installed(const sysfs::Root& root) {
    return std::any_of(
        kBootDirectories.begin(), kBootDirectories.end(), [&root](const std::string& directory) {
            const auto names =
                root.list(directory + "/EFI/systemd").value_or(std::vector<std::string>());
            return std::any_of(names.begin(), names.end(), [](const auto& name) {
                return name.starts_with(kSystemdBoot) && name.ends_with(".efi");
            });
        });
}

/// The profile of ours that such a variable names, in an entry file or in an image; empty for none.
std::string_view profile_of_choice(std::string_view name) {
    const auto profile = profile_of_file(name);
    return profile.empty() ? profile_of_uki_entry(name) : profile;
}

/// The variables are this machine's, so another root's cannot be set.
Result<void> check_live(const sysfs::Root& root) {
    if (root.is_live()) {
        return {};
    }
    return fail(
        fmt::format("what systemd-boot boots is set in the machine's firmware, not in {}: "
                    "run this in the system itself",
                    root.outside_path("")));
}

/// Sets one of systemd-boot's variables by bootctl; an empty value takes it away.
Result<void> run_bootctl(const sysfs::Root& root, const std::string& verb,
                         const std::string& value) {
    if (auto live = check_live(root); !live) {
        return live;
    }
    const auto outcome = process::run({"bootctl", verb, value});
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        return fail(fmt::format("bootctl {} '{}' failed with exit status {}: {}", verb, value,
                                outcome->status, text::trim(outcome->err)));
    }
    return {};
}

}  // namespace

bool uses_systemd_boot(const sysfs::Root& root) {
    if (const auto booted = read_loader_variable(root, kLoaderInfo); !booted.empty()) {
        return booted.starts_with(kSystemdBoot);
    }
    return is_installed(root) && !root.exists("boot/grub/grub.cfg") &&
           !root.exists("boot/grub2/grub.cfg");
}

std::string find_boot_directory(const sysfs::Root& root) {
    std::string first;
    for (std::string directory : kBootDirectories) {
        const auto entries = fmt::format("{}/{}", directory, kEntryDirectory);
        if (!root.exists(entries)) {
            continue;
        }
        const auto names = root.list(entries).value_or(std::vector<std::string>());
        if (std::any_of(names.begin(), names.end(), [](const std::string& name) {
                return is_bls_name(BlsReader::systemd_boot, name);
            })) {
            return directory;
        }
        if (first.empty()) {
            first = std::move(directory);
        }
    }
    return first;
}

bool has_uki(const sysfs::Root& root, const std::string& directory) {
    const auto names = root.list(directory).value_or(std::vector<std::string>());
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return text::lower_case(name).ends_with(".efi");
    });
}

std::string no_boot_directory(const sysfs::Root& root) {
    return fmt::format(
        "neither {} nor {} nor {} has a directory {}: systemd-boot's partition is not mounted",
        root.outside_path(kBootDirectories[0]), root.outside_path(kBootDirectories[1]),
        root.outside_path(kBootDirectories[2]), kEntryDirectory);
}

BlsFile read_loader_configuration(const sysfs::Root& root, const std::string& boot) {
    const auto text = root.read(boot + "/loader/loader.conf").value_or("");
    return parse_bls_file(BlsReader::systemd_boot, "loader.conf", text);
}

MenuTimeout current_timeout(const sysfs::Root& root, const std::string& boot) {
    return systemd_boot_timeout(read_loader_variable(root, kLoaderTimeout),
                                read_loader_configuration(root, boot).value("timeout"));
}

Result<std::string> SystemdBoot::find_obstacle() const {
    if (!read_loader_variable(root_, kLoaderInfo).starts_with(kSystemdBoot)) {
        return std::string("systemd-boot, which alone takes a choice, did not start this boot");
    }
    return std::string();
}

Result<void> SystemdBoot::set_once(const std::string& entry) const {
    return run_bootctl(root_, "set-oneshot", entry);
}

Result<void> SystemdBoot::set_default(const std::string& profile) const {
    const auto now = read_loader_variable(root_, kLoaderDefault);
    const bool ours = !profile_of_choice(now).empty();
    if (profile.empty()) {
        if (!ours) {
            return sysfs::remove(root_, kFormerDefaultPath);
        }
        const auto former = root_.read(kFormerDefaultPath).value_or("");
        auto done = run_bootctl(root_, "set-default", std::string(text::trim(former)));
        return done ? sysfs::remove(root_, kFormerDefaultPath) : done;
    }
    if (auto live = check_live(root_); !live) {
        return live;
    }
    const auto entry = find_entry(profile);
    if (!entry) {
        return tl::unexpected(entry.error());
    }
    if (!ours) {
        auto done = now.empty() ? sysfs::remove(root_, kFormerDefaultPath)
                                : sysfs::replace_file(root_, kFormerDefaultPath, now + '\n');
        if (!done) {
            return done;
        }
    }
    const auto name = lasting_name(*entry);
    return name ? run_bootctl(root_, "set-default", *name) : tl::unexpected(name.error());
}

Result<std::string> SystemdBoot::current_default() const {
    return std::string(profile_of_choice(read_loader_variable(root_, kLoaderDefault)));
}

Result<void> SystemdBoot::forget_choices() const {
    if (!profile_of_choice(read_loader_variable(root_, kLoaderOnce)).empty()) {
        if (auto done = run_bootctl(root_, "set-oneshot", ""); !done) {
            return done;
        }
    }
    return set_default("");
}

MenuTimeout systemd_boot_timeout(const std::string& variable, const std::string& configured) {
    const auto& value = variable.empty() ? configured : variable;
    if (value == "menu-force") {
        return {"menu", ""};
    }
    if (value.empty() || value == "0" || value == "menu-hidden" || value == "menu-disabled") {
        return {"", "0"};
    }
    return {"menu", value};
}

}  // namespace early_bind
