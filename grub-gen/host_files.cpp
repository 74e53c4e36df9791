// SPDX-License-Identifier: MIT
#include "grub-gen/host_files.hpp"

#include <fmt/core.h>

#include "core/sysfs/files.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind::host_files {
namespace {

using Paths = std::vector<std::string>;

/// Whether there is a file or a link, one that leads nowhere included.
bool is_there(const sysfs::Root& root, const std::string& path) {
    return root.exists(path) || root.read_link(path);
}

Result<Paths> remove_paths(const sysfs::Root& root, const Paths& paths) {
    Paths removed;
    for (const auto& path : paths) {
        if (!is_there(root, path)) {
            continue;
        }
        if (const auto done = sysfs::remove(root, path); !done) {
            return tl::unexpected(done.error());
        }
        removed.push_back(path);
    }
    return removed;
}

/// The files in a directory of ours, then the directory.
Paths with_content(const sysfs::Root& root, const std::string& directory) {
    Paths paths;
    for (const auto& name : root.list(directory).value_or(Paths())) {
        paths.push_back(fmt::format("{}/{}", directory, name));
    }
    paths.push_back(directory);
    return paths;
}

void append(Paths& paths, const Paths& more) {
    paths.insert(paths.end(), more.begin(), more.end());
}

}  // namespace

std::string drop_in_path(const std::string& unit) {
    return fmt::format("{}/{}.d/early-bind.conf", kUnits, unit);
}

Paths units_with_drop_in(const sysfs::Root& root) {
    Paths units;
    for (const auto& name : root.list(kUnits).value_or(Paths())) {
        if (!name.ends_with(".d")) {
            continue;
        }
        auto unit = name.substr(0, name.size() - 2);
        if (root.read(drop_in_path(unit)).value_or("").starts_with(kDropInMark)) {
            units.push_back(std::move(unit));
        }
    }
    return units;
}

Result<Paths> remove_display(const sysfs::Root& root) {
    Paths paths = {kXorg, kUdevRules, kEnvironment};
    append(paths, with_content(root, kNodes));
    return remove_paths(root, paths);
}

Result<Paths> remove_passed(const sysfs::Root& root) {
    return remove_paths(root, with_content(root, kPassed));
}

Result<Paths> remove_drop_ins(const sysfs::Root& root, const Paths& units) {
    Paths paths;
    for (const auto& unit : units) {
        paths.push_back(drop_in_path(unit));
    }
    auto removed = remove_paths(root, paths);
    for (const auto& unit : units) {
        const auto directory = fmt::format("{}/{}.d", kUnits, unit);
        if (root.list(directory).value_or(Paths{"not ours"}).empty()) {
            (void)sysfs::remove(root, directory);
        }
    }
    return removed;
}

Result<Paths> remove_all(const sysfs::Root& root) {
    Paths all;
    for (const auto& removed : {remove_display(root), remove_passed(root),
                                remove_drop_ins(root, units_with_drop_in(root))}) {
        if (!removed) {
            return removed;
        }
        append(all, *removed);
    }
    return all;
}

Result<void> reload_systemd(const sysfs::Root& root) {
    const auto systemctl = find_program(root, "systemctl");
    if (!root.is_live() || systemctl.empty() || !root.exists("run/systemd/system")) {
        return {};
    }
    return run_quietly_in_root(root, {systemctl, "daemon-reload"});
}

}  // namespace early_bind::host_files
