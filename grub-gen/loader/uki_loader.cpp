// SPDX-License-Identifier: MIT
#include "grub-gen/loader/uki_loader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "core/text.hpp"
#include "grub-gen/loader/applied_table.hpp"
#include "grub-gen/loader/kernel_install.hpp"
#include "grub-gen/loader/options_text.hpp"
#include "grub-gen/loader/systemd_boot_loader.hpp"
#include "grub-gen/loader/systemd_boot_order.hpp"
#include "grub-gen/loader/uki_build.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kLayout = "uki";

/// Where the partition with images is mounted; empty when none has images.
std::string find_uki_partition(const sysfs::Root& root) {
    for (std::string directory : kBootDirectories) {
        if (has_uki(root, fmt::format("{}/{}", directory, kUkiDirectory))) {
            return directory;
        }
    }
    return {};
}

std::string find_partition(const sysfs::Root& root) {
    auto partition = find_uki_partition(root);
    if (partition.empty()) {
        partition = find_boot_directory(root);
    }
    return partition.empty() ? kBootDirectories[0] : partition;
}

std::vector<UkiProfile> our_profiles(const Uki& uki) {
    std::vector<UkiProfile> ours;
    std::copy_if(uki.profiles.begin(), uki.profiles.end(), std::back_inserter(ours),
                 [](const UkiProfile& profile) { return !profile_of_uki_id(profile.id).empty(); });
    return ours;
}

MenuEntry menu_entry(const Uki& uki, const std::string& id, const std::string& title,
                     const std::string& cmdline) {
    MenuEntry entry;
    entry.id = id;
    entry.title = title;
    entry.kernel_file = uki.path;
    entry.kernel_version = uki.kernel;
    entry.arguments = words_of(cmdline);
    return entry;
}

/// How an image's profiles would change, for people.
std::string profiles_difference(const sysfs::Root& root, const Uki& uki,
                                const std::vector<UkiProfile>& after) {
    const auto before = our_profiles(uki);
    if (before == after) {
        return {};
    }
    const auto name = root.outside_path(uki.path);
    auto text = fmt::format("--- {0}\n+++ {0} (after grub-gen apply)\n", name);
    const auto lines = [&text](char sign, const std::vector<UkiProfile>& profiles,
                               const std::vector<UkiProfile>& others) {
        for (const auto& profile : profiles) {
            if (std::find(others.begin(), others.end(), profile) == others.end()) {
                text += fmt::format("{0}ID={1}\n{0}TITLE={2}\n{0}{3}\n", sign, profile.id,
                                    profile.title, profile.cmdline);
            }
        }
    };
    lines('-', before, after);
    lines('+', after, before);
    return text;
}

}  // namespace

bool uses_ukis(const sysfs::Root& root) {
    if (!uses_systemd_boot(root) || read_kernel_install(root).layout != kLayout) {
        return false;
    }
    if (!find_uki_partition(root).empty()) {
        return true;
    }
    const auto entries = fmt::format("{}/{}", find_boot_directory(root), kEntryDirectory);
    return root.list(entries).value_or(std::vector<std::string>()).empty();
}

InstalledUkis find_installed_ukis(const sysfs::Root& root) {
    InstalledUkis found;
    const auto directory = fmt::format("{}/{}", find_partition(root), kUkiDirectory);
    const auto tokens = entry_tokens(root);
    for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
        if (!text::lower_case(name).ends_with(".efi")) {
            continue;
        }
        auto uki = read_uki(root, fmt::format("{}/{}", directory, name));
        if (!uki) {
            found.warnings.push_back(uki.error().what);
        } else if (is_installed_uki(uki->name(), uki->kernel, tokens) &&
                   root.exists("usr/lib/modules/" + uki->kernel)) {
            found.images.push_back(std::move(*uki));
        }
    }
    std::sort(found.images.begin(), found.images.end(),
              [](const Uki& a, const Uki& b) { return compare_versions(a.name(), b.name()) > 0; });
    return found;
}

bool has_current_initrd(const sysfs::Root& root, const Uki& uki) {
    const auto path = "boot/initrd.img-" + uki.kernel;
    const auto size = file_size(root, path);
    const auto* section = uki.section(".initrd");
    if (!size) {
        return true;
    }
    // Microcode may stand before it.
    return section != nullptr && section->size >= *size &&
           same_bytes(root, uki.path, section->offset + section->size - *size, path, 0, *size);
}

std::string UkiLoader::menu_path() const {
    return fmt::format("{}/{}", find_partition(root_), kUkiDirectory);
}

Result<void> UkiLoader::update(Progress progress) const {
    const auto table = read_applied_table(root_);
    if (!table) {
        return tl::unexpected(table.error());
    }
    // What was written when the layout was another one.
    const auto entries = fmt::format("{}/{}", find_partition(root_), kEntryDirectory);
    if (auto done = remove_layout_files(root_, entries, {}); !done) {
        return done;
    }
    const auto installed = find_installed_ukis(root_);
    for (const auto& warning : installed.warnings) {
        progress(warning);
    }
    if (const auto obstacle = find_uki_obstacle(root_); *table && !obstacle.empty()) {
        progress(fmt::format("{}: leaving them out; {}", obstacle, kWithoutUkis));
        return {};
    }
    if (*table && has_layouts(**table) && installed.images.empty()) {
        progress(
            fmt::format("{} has no unified kernel image of this system, leaving the GPU "
                        "layouts out of the menu",
                        root_.outside_path(menu_path())));
    }
    for (const auto& uki : installed.images) {
        std::vector<UkiProfile> wanted;
        if (*table) {
            auto layouts = wanted_uki_layouts(root_, **table, uki);
            for (const auto& warning : layouts.warnings) {
                progress(warning);
            }
            wanted = std::move(layouts.profiles);
        }
        if (our_profiles(uki) == wanted && has_current_initrd(root_, uki)) {
            continue;
        }
        if (auto done = run_in_root(root_, add_kernel_command(root_, uki.kernel), progress);
            !done) {
            return done;
        }
    }
    std::size_t count = 0;
    for (const auto& uki : find_installed_ukis(root_).images) {
        count += our_profiles(uki).size();
    }
    progress(fmt::format("GPU layouts in the unified kernel images of {}: {}",
                         root_.outside_path(menu_path()), count));
    return {};
}

Result<std::string> UkiLoader::preview(const std::string& table) const {
    const auto parsed = parse_boot_table(table);
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    std::string differences;
    if (!find_uki_obstacle(root_).empty()) {
        return differences;
    }
    for (const auto& uki : find_installed_ukis(root_).images) {
        differences +=
            profiles_difference(root_, uki, wanted_uki_layouts(root_, *parsed, uki).profiles);
    }
    return differences;
}

Result<CurrentMenu> UkiLoader::read_menu() const {
    CurrentMenu menu;
    auto installed = find_installed_ukis(root_);
    auto& entries = menu.entries.entries;
    for (const auto& uki : installed.images) {
        entries.push_back(menu_entry(uki, std::string(uki.name()), uki.title, uki.cmdline));
    }
    for (const auto& uki : installed.images) {
        for (const auto& profile : uki.profiles) {
            const auto ours = profile_of_uki_id(profile.id);
            entries.push_back(menu_entry(uki,
                                         ours.empty() ? fmt::format("{}@{}", uki.name(), profile.id)
                                                      : entry_id(ours, uki.kernel),
                                         fmt::format("{} ({})", uki.title, profile.title),
                                         profile.cmdline));
        }
    }
    menu.entries.warnings = std::move(installed.warnings);
    menu.timeout = current_timeout(root_, find_partition(root_));
    return menu;
}

Result<std::string> UkiLoader::find_entry(const std::string& profile) const {
    for (const auto& uki : find_installed_ukis(root_).images) {
        for (const auto& each : uki.profiles) {
            if (each.id == uki_profile_id(profile)) {
                return uki_entry_name(uki.name(), profile);
            }
        }
    }
    return std::string();
}

Result<std::string> UkiLoader::lasting_name(const std::string& entry) const {
    for (const auto& uki : find_installed_ukis(root_).images) {
        if (entry.starts_with(fmt::format("{}@", uki.name()))) {
            return uki_default_pattern(entry, uki.kernel);
        }
    }
    return entry;
}

}  // namespace early_bind
