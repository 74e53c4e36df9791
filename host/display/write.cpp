// SPDX-License-Identifier: MIT
#include "host/display/write.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/sysfs/files.hpp"
#include "grub-gen/host_files.hpp"
#include "grub-gen/root_command.hpp"
#include "host/display/files.hpp"
#include "host/display/read.hpp"

namespace early_bind::display {
namespace {

bool has(const std::vector<std::string>& paths, std::string_view path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
}

/// Links to nodes that nobody wants any more.
Result<std::vector<std::string>> remove_stale_links(const sysfs::Root& root,
                                                    const std::vector<OwnFile>& files) {
    std::vector<std::string> removed;
    for (const auto& name : root.list(host_files::kNodes).value_or(std::vector<std::string>())) {
        const auto path = fmt::format("{}/{}", host_files::kNodes, name);
        const bool wanted = std::any_of(files.begin(), files.end(),
                                        [&path](const auto& file) { return file.path == path; });
        if (wanted) {
            continue;
        }
        if (const auto done = sysfs::remove(root, path); !done) {
            return tl::unexpected(done.error());
        }
        removed.push_back(path);
    }
    return removed;
}

}  // namespace

bool is_so(const sysfs::Root& root, const OwnFile& file) {
    const auto now = file.is_link ? root.read_link(file.path) : root.read(file.path);
    return now && *now == file.content;
}

Result<Changes> write_files(const sysfs::Root& root, const std::vector<OwnFile>& files) {
    if (files.empty()) {
        return remove_files(root);
    }
    Changes changes;
    for (const auto& file : files) {
        if (is_so(root, file)) {
            continue;
        }
        const auto done = file.is_link ? sysfs::replace_link(root, file.path, file.content)
                                       : sysfs::replace_file(root, file.path, file.content);
        if (!done) {
            return tl::unexpected(done.error());
        }
        changes.written.push_back(file.path);
    }
    auto removed = remove_stale_links(root, files);
    if (!removed) {
        return tl::unexpected(removed.error());
    }
    changes.removed = std::move(*removed);
    return changes;
}

Result<Changes> remove_files(const sysfs::Root& root) {
    auto removed = host_files::remove_display(root);
    if (!removed) {
        return tl::unexpected(removed.error());
    }
    return Changes{{}, std::move(*removed)};
}

Result<Changes> refresh(const sysfs::Root& root, std::chrono::milliseconds limit) {
    const auto gpus = root.is_live() ? await_gpus(root, limit) : read_gpus(root);
    if (!gpus) {
        return tl::unexpected(gpus.error());
    }
    auto changes = write_files(root, make_files(*gpus));
    if (changes) {
        if (auto told = tell_udev(root, *changes); !told) {
            return tl::unexpected(told.error());
        }
    }
    return changes;
}

Result<void> tell_udev(const sysfs::Root& root, const Changes& changes) {
    const auto udevadm = find_program(root, "udevadm");
    const bool changed = has(changes.written, host_files::kUdevRules) ||
                         has(changes.removed, host_files::kUdevRules);
    if (!root.is_live() || !changed || udevadm.empty()) {
        return {};
    }
    if (auto done = run_quietly_in_root(root, {udevadm, "control", "--reload", "--timeout=5"});
        !done) {
        return done;
    }
    if (auto done = run_quietly_in_root(
            root, {udevadm, "trigger", "--action=change", "--subsystem-match=drm",
                   "--property-match=DEVTYPE=drm_minor", "--sysname-match=card[0-9]*"});
        !done) {
        return done;
    }
    // What is not done by then the desktop sees as a change.
    (void)run_quietly_in_root(root, {udevadm, "settle", "--timeout=3"});
    return {};
}

}  // namespace early_bind::display
