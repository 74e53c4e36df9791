// SPDX-License-Identifier: MIT
#include "grub-gen/apply.hpp"

#include <fmt/core.h>

#include "core/profile/booted.hpp"
#include "core/sysfs/files.hpp"
#include "grub-gen/choice.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/distribution.hpp"
#include "grub-gen/host_files.hpp"
#include "grub-gen/legacy/backup.hpp"
#include "grub-gen/loader/loader.hpp"

namespace early_bind {
namespace {

constexpr const char* kStateDirectory = "var/lib/early-bind";

std::optional<std::string> current_table(const sysfs::Root& root) {
    auto content = root.read(kBootTablePath, kBootTableLimit);
    return content ? std::optional<std::string>(std::move(*content)) : std::nullopt;
}

/// Puts the table in place, or takes it away, and brings the images in step with it.
Result<void> install_table(const sysfs::Root& root, const std::optional<std::string>& table,
                           Progress progress) {
    const auto former = current_table(root);
    const auto put = [&root](const std::optional<std::string>& content) {
        return content ? sysfs::replace_file(root, kBootTablePath, *content)
                       : sysfs::remove(root, kBootTablePath);
    };
    if (auto done = put(table); !done) {
        return done;
    }
    progress(fmt::format("{} {}", table ? "wrote" : "removed", root.outside_path(kBootTablePath)));
    const auto distribution = find_distribution(root);
    if (distribution.rebuild_initramfs.empty()) {
        progress(fmt::format("{} has no tool that makes an initramfs: none is rebuilt",
                             root.outside_path("")));
    } else if (const auto done = run_in_root(root, distribution.rebuild_initramfs, progress);
               !done) {
        (void)put(former);
        return fail(
            fmt::format("{}; the boot table is as it was before, mend the cause and run "
                        "this again",
                        done.error().what));
    }
    return find_loader(root)->update(progress);
}

/// What early-bind's commands of the booted system left.
Result<void> remove_host_files(const sysfs::Root& root, Progress progress) {
    const auto removed = host_files::remove_all(root);
    if (!removed) {
        return tl::unexpected(removed.error());
    }
    for (const auto& path : *removed) {
        progress(fmt::format("removed {}", root.outside_path(path)));
    }
    return removed->empty() ? Result<void>() : host_files::reload_systemd(root);
}

}  // namespace

Result<void> apply(const sysfs::Root& root, const Machine& machine, Progress progress) {
    const auto table = compile(machine);
    return table ? install_table(root, *table, progress) : tl::unexpected(table.error());
}

Result<std::string> preview(const sysfs::Root& root, const Machine& machine) {
    auto table = compile(machine);
    if (!table) {
        return table;
    }
    auto diff = difference(root, kBootTablePath, *table, "apply");
    if (!diff) {
        return diff;
    }
    auto menu = find_loader(root)->preview(*table);
    if (!menu) {
        return menu;
    }
    return *diff + *menu;
}

Result<void> refresh(const sysfs::Root& root, Progress progress) {
    return root.exists(kBootTablePath) ? find_loader(root)->update(progress) : Result<void>();
}

Result<void> uninstall(const sysfs::Root& root, Progress progress) {
    if (auto done = remove_host_files(root, progress); !done) {
        return done;
    }
    if (!root.exists(kBootTablePath)) {
        progress("nothing was applied here, there is nothing to undo");
        return {};
    }
    if (auto done = install_table(root, std::nullopt, progress); !done) {
        return done;
    }
    if (root.exists(kConfigPath)) {
        progress(fmt::format("{} is yours and stays", root.outside_path(kConfigPath)));
    }
    if (auto done = sysfs::remove(root, kBootedPath); !done) {
        return done;
    }
    if (auto done = forget_choices(root); !done) {
        return done;
    }
    if (root.exists(kBackupPath)) {
        progress(
            fmt::format("{} holds your files as they were before `grub-gen import` and stays; "
                        "`grub-gen import --undo` puts them back",
                        root.outside_path(kBackupPath)));
        return {};
    }
    return sysfs::remove(root, kStateDirectory);
}

}  // namespace early_bind
