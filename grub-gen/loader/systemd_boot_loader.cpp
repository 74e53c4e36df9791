// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_loader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/cmdline/cmdline.hpp"
#include "core/profile/boot_table.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/loader/efi_variable.hpp"
#include "grub-gen/loader/systemd_boot_entries.hpp"
#include "grub-gen/loader/systemd_boot_order.hpp"
#include "grub-gen/machine_facts.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

// In the order of bootctl(1), --print-boot-path: /boot is the extended boot loader partition, or
// the EFI system partition, which can be at all three places.
constexpr std::array kBootDirectories = {"boot", "efi", "boot/efi"};
constexpr const char* kEntries = "loader/entries";
constexpr std::string_view kSystemdBoot = "systemd-boot";

/// What is mounted there; empty when no place has entry files.
std::string find_boot_directory(const sysfs::Root& root) {
    std::string first;
    for (std::string directory : kBootDirectories) {
        const auto entries = fmt::format("{}/{}", directory, kEntries);
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

/// loader.conf, which has the same syntax as an entry.
BlsFile read_configuration(const sysfs::Root& root, const std::string& boot) {
    const auto text = root.read(boot + "/loader/loader.conf").value_or("");
    return parse_bls_file(BlsReader::systemd_boot, "loader.conf", text);
}

/// Everything that the directory of entries has.
struct Directory {
    std::string boot;               ///< where the partition is mounted, relative to the root
    std::string path;               ///< of the entries in it
    std::vector<BlsFile> files;     ///< those that systemd-boot reads
    std::vector<std::string> ours;  ///< names that begin as ours do, half-written ones included
    StockFiles stock;
};

Result<Directory> read_directory(const sysfs::Root& root) {
    const auto boot = find_boot_directory(root);
    if (boot.empty()) {
        return fail(fmt::format(
            "neither {} nor {} nor {} has a directory {}: systemd-boot's partition is not mounted",
            root.outside_path(kBootDirectories[0]), root.outside_path(kBootDirectories[1]),
            root.outside_path(kBootDirectories[2]), kEntries));
    }
    Directory directory;
    directory.boot = boot;
    directory.path = fmt::format("{}/{}", boot, kEntries);
    const auto names = root.list(directory.path);
    if (!names) {
        return tl::unexpected(names.error());
    }
    for (const auto& name : *names) {
        if (name.starts_with(kEntryPrefix)) {
            directory.ours.push_back(name);
        }
        if (!is_bls_name(BlsReader::systemd_boot, name)) {
            continue;
        }
        const auto text = root.read(fmt::format("{}/{}", directory.path, name));
        if (!text) {
            return tl::unexpected(text.error());
        }
        directory.files.push_back(parse_bls_file(BlsReader::systemd_boot, name, *text));
    }
    const auto machine_id = root.read("etc/machine-id").value_or("");
    directory.stock = choose_stock(directory.files, text::trim(machine_id),
                                   read_configuration(root, boot).value("default"));
    return directory;
}

/// Why there are no layouts where no entry boots a kernel.
std::string why_no_layouts(const sysfs::Root& root, const Directory& directory) {
    const auto images = fmt::format("{}/EFI/Linux", directory.boot);
    const auto names = root.list(images).value_or(std::vector<std::string>());
    const bool unified = std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return text::lower_case(name).ends_with(".efi");
    });
    return unified ? fmt::format(
                         "{} has unified kernel images, whose command line is a part of them: they "
                         "get no GPU layouts; with `layout=bls` in /etc/kernel/install.conf and a "
                         "kernel installed anew its entry gets them",
                         root.outside_path(images))
                   : fmt::format(
                         "{} has no entry for a kernel, leaving the GPU layouts out of the menu",
                         root.outside_path(directory.path));
}

/// What the directory is to hold of ours.
LayoutFiles wanted_files(const sysfs::Root& root, const Directory& directory,
                         const BootTable& table) {
    std::vector<StockEntry> stock;
    stock.reserve(directory.stock.files.size());
    for (const auto& file : directory.stock.files) {
        stock.push_back({kernel_of(file), words_of(file.value("options"))});
    }
    const auto set =
        make_entry_set(table, title_gpus(table, Names(root)), read_machine_facts(root), stock);
    auto files = make_layout_files(directory.stock, set.layouts);
    auto warnings = directory.stock.warnings;
    warnings.insert(warnings.end(), set.warnings.begin(), set.warnings.end());
    warnings.insert(warnings.end(), files.warnings.begin(), files.warnings.end());
    if (directory.stock.files.empty() && has_layouts(table)) {
        warnings.push_back(why_no_layouts(root, directory));
    }
    files.warnings = std::move(warnings);
    return files;
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

MenuEntry menu_entry(const BlsFile& file) {
    MenuEntry entry;
    entry.title = file.value("title");
    entry.kernel_file = file.value("linux");
    entry.kernel_version = kernel_of(file);
    entry.arguments = words_of(file.value("options"));
    entry.id = is_our_file(file.name) ? entry_id(profile_of_file(file.name), entry.kernel_version)
                                      : file.id;
    return entry;
}

}  // namespace

bool uses_systemd_boot(const sysfs::Root& root) {
    if (const auto booted = read_loader_variable(root, kLoaderInfo); !booted.empty()) {
        return booted.starts_with(kSystemdBoot);
    }
    return is_installed(root) && !root.exists("boot/grub/grub.cfg") &&
           !root.exists("boot/grub2/grub.cfg");
}

std::string SystemdBootLoader::menu_path() const {
    const auto boot = find_boot_directory(root_);
    return fmt::format("{}/{}", boot.empty() ? kBootDirectories[0] : boot, kEntries);
}

Result<void> SystemdBootLoader::update(Progress progress) const {
    const auto directory = read_directory(root_);
    if (!directory) {
        return tl::unexpected(directory.error());
    }
    LayoutFiles wanted;
    if (root_.exists(kBootTablePath)) {
        const auto text = root_.read(kBootTablePath, kBootTableLimit);
        const auto table = text ? parse_boot_table(*text) : tl::unexpected(text.error());
        if (!table) {
            return tl::unexpected(table.error());
        }
        wanted = wanted_files(root_, *directory, *table);
    }
    for (const auto& warning : wanted.warnings) {
        progress(warning);
    }
    for (const auto& file : wanted.files) {
        const auto path = fmt::format("{}/{}", directory->path, file.name);
        const auto text = layout_text(file);
        if (root_.read(path).value_or("") == text) {
            continue;  // a file system of the firmware is better not written to in vain
        }
        if (auto done = sysfs::replace_file(root_, path, text); !done) {
            return done;
        }
    }
    for (const auto& name : directory->ours) {
        const bool stays = std::any_of(wanted.files.begin(), wanted.files.end(),
                                       [&name](const BlsFile& file) { return file.name == name; });
        if (stays) {
            continue;
        }
        const auto path = fmt::format("{}/{}", directory->path, name);
        if (auto done = sysfs::remove(root_, path); !done) {
            return done;
        }
    }
    progress(fmt::format("GPU layouts in {}: {}", root_.outside_path(directory->path),
                         wanted.files.size()));
    return {};
}

Result<std::string> SystemdBootLoader::preview(const std::string& table) const {
    const auto directory = read_directory(root_);
    const auto parsed = parse_boot_table(table);
    if (!directory || !parsed) {
        return tl::unexpected(directory ? parsed.error() : directory.error());
    }
    std::vector<std::pair<std::string, std::string>> after;  // paths and texts
    const auto wanted = wanted_files(root_, *directory, *parsed);
    for (const auto& file : wanted.files) {
        after.emplace_back(file.name, layout_text(file));
    }
    for (const auto& name : directory->ours) {
        const bool stays = std::any_of(after.begin(), after.end(),
                                       [&name](const auto& file) { return file.first == name; });
        if (!stays) {
            after.emplace_back(name, "");
        }
    }
    std::string diffs;
    for (const auto& [name, text] : after) {
        const auto path = fmt::format("{}/{}", directory->path, name);
        auto diff = difference(root_, path, text, "apply");
        if (!diff) {
            return diff;
        }
        diffs += *diff;
    }
    return diffs;
}

Result<CurrentMenu> SystemdBootLoader::read_menu() const {
    const auto directory = read_directory(root_);
    if (!directory) {
        return tl::unexpected(directory.error());
    }
    CurrentMenu menu;
    for (const auto& file : directory->stock.files) {
        menu.entries.entries.push_back(menu_entry(file));
    }
    std::vector<BlsFile> ours;
    std::copy_if(directory->files.begin(), directory->files.end(), std::back_inserter(ours),
                 [](const BlsFile& file) { return is_our_file(file.name); });
    std::sort(ours.begin(), ours.end(), is_shown_before);
    for (const auto& file : ours) {
        menu.entries.entries.push_back(menu_entry(file));
    }
    menu.entries.warnings = directory->stock.warnings;
    menu.timeout =
        systemd_boot_timeout(read_loader_variable(root_, kLoaderTimeout),
                             read_configuration(root_, directory->boot).value("timeout"));
    return menu;
}

Result<std::string> SystemdBootLoader::find_entry(const std::string& profile) const {
    const auto directory = read_directory(root_);
    if (!directory) {
        return tl::unexpected(directory.error());
    }
    for (const auto& stock : directory->stock.files) {
        const auto name = entry_file_name(profile, kernel_of(stock));
        if (std::find(directory->ours.begin(), directory->ours.end(), name) !=
            directory->ours.end()) {
            return name;
        }
    }
    return std::string();
}

Result<std::string> SystemdBootLoader::find_obstacle() const {
    if (!read_loader_variable(root_, kLoaderInfo).starts_with(kSystemdBoot)) {
        return std::string("systemd-boot, which alone takes a choice, did not start this boot");
    }
    return std::string();
}

Result<void> SystemdBootLoader::set_once(const std::string& entry) const {
    return run_bootctl(root_, "set-oneshot", entry);
}

Result<void> SystemdBootLoader::set_default(const std::string& profile) const {
    const auto now = read_loader_variable(root_, kLoaderDefault);
    const bool ours = !profile_of_file(now).empty();
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
    return run_bootctl(root_, "set-default", default_pattern(*entry));
}

Result<std::string> SystemdBootLoader::current_default() const {
    return std::string(profile_of_file(read_loader_variable(root_, kLoaderDefault)));
}

Result<void> SystemdBootLoader::forget_choices() const {
    if (!profile_of_file(read_loader_variable(root_, kLoaderOnce)).empty()) {
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
