// SPDX-License-Identifier: MIT
#include "grub-gen/loader/systemd_boot_loader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/profile/boot_table.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/loader/applied_table.hpp"
#include "grub-gen/loader/options_text.hpp"
#include "grub-gen/loader/systemd_boot_entries.hpp"
#include "grub-gen/loader/systemd_boot_order.hpp"
#include "grub-gen/machine_facts.hpp"

namespace early_bind {
namespace {

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
        return fail(no_boot_directory(root));
    }
    Directory directory;
    directory.boot = boot;
    directory.path = fmt::format("{}/{}", boot, kEntryDirectory);
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
                                   read_loader_configuration(root, boot).value("default"));
    return directory;
}

/// Why there are no layouts where no entry boots a kernel.
std::string why_no_layouts(const sysfs::Root& root, const Directory& directory) {
    const auto images = fmt::format("{}/{}", directory.boot, kUkiDirectory);
    return has_uki(root, images)
               ? fmt::format(
                     "{} has unified kernel images, whose command line is a part of them: they get "
                     "GPU layouts where kernel-install makes them, with `layout=uki` in "
                     "/etc/kernel/install.conf and ukify of systemd 257; with `layout=bls` and a "
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

std::string SystemdBootLoader::menu_path() const {
    const auto boot = find_boot_directory(root_);
    return fmt::format("{}/{}", boot.empty() ? kBootDirectories[0] : boot, kEntryDirectory);
}

Result<void> SystemdBootLoader::update(Progress progress) const {
    const auto directory = read_directory(root_);
    if (!directory) {
        return tl::unexpected(directory.error());
    }
    const auto table = read_applied_table(root_);
    if (!table) {
        return tl::unexpected(table.error());
    }
    const auto wanted = *table ? wanted_files(root_, *directory, **table) : LayoutFiles();
    for (const auto& warning : wanted.warnings) {
        progress(warning);
    }
    std::vector<std::string> written;
    for (const auto& file : wanted.files) {
        const auto path = fmt::format("{}/{}", directory->path, file.name);
        const auto text = layout_text(file);
        written.push_back(file.name);
        if (root_.read(path).value_or("") == text) {
            continue;  // a file system of the firmware is better not written to in vain
        }
        if (auto done = sysfs::replace_file(root_, path, text); !done) {
            return done;
        }
    }
    if (auto done = remove_layout_files(root_, directory->path, written); !done) {
        return done;
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
    menu.timeout = current_timeout(root_, directory->boot);
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

Result<std::string> SystemdBootLoader::lasting_name(const std::string& entry) const {
    return default_pattern(entry);
}

Result<void> remove_layout_files(const sysfs::Root& root, const std::string& directory,
                                 const std::vector<std::string>& keep) {
    for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
        if (!name.starts_with(kEntryPrefix) ||
            std::find(keep.begin(), keep.end(), name) != keep.end()) {
            continue;
        }
        if (auto done = sysfs::remove(root, fmt::format("{}/{}", directory, name)); !done) {
            return done;
        }
    }
    return {};
}

}  // namespace early_bind
