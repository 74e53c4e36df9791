// SPDX-License-Identifier: MIT
#include "grub-gen/apply.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/profile/booted.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/choice.hpp"
#include "grub-gen/distribution.hpp"
#include "grub-gen/legacy/backup.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

constexpr const char* kStateDirectory = "var/lib/early-bind";

std::string shown(const std::vector<std::string>& command) {
    std::string text;
    for (const auto& word : command) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// Runs one of the distribution's commands in the root, its output being the user's to see.
Result<void> run(const sysfs::Root& root, const std::vector<std::string>& command,
                 Progress progress) {
    progress(fmt::format("running {}", shown(command)));
    process::Options options;
    options.capture_out = false;
    options.capture_err = false;
    if (!root.is_live()) {
        options.chroot = root.outside_path("");
    }
    const auto outcome = process::run(command, options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        return fail(fmt::format("{} failed with exit status {}", shown(command), outcome->status));
    }
    return {};
}

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
        progress(fmt::format("{} has no update-initramfs: no initramfs is rebuilt",
                             root.outside_path("")));
    } else if (const auto done = run(root, distribution.rebuild_initramfs, progress); !done) {
        (void)put(former);
        return fail(
            fmt::format("{}; the boot table is as it was before, mend the cause and run "
                        "this again",
                        done.error().what));
    }
    if (distribution.update_menu.empty()) {
        progress(
            fmt::format("{} has no update-grub: no menu is regenerated", root.outside_path("")));
        return {};
    }
    return run(root, distribution.update_menu, progress);
}

/// A file for the time of a preview.
class TemporaryFile {
  public:
    TemporaryFile() = default;
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    [[nodiscard]] Result<void> fill(std::string_view content) {
        const char* directory = std::getenv("TMPDIR");
        std::string name =
            fmt::format("{}/grub-gen-XXXXXX", directory != nullptr ? directory : "/tmp");
        const int fd = ::mkstemp(name.data());
        if (fd < 0) {
            return fail(fmt::format("cannot make {}: {}", name, std::strerror(errno)));
        }
        path_ = name;
        const bool whole =
            ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
        ::close(fd);
        return whole ? Result<void>() : Result<void>(fail(fmt::format("cannot write {}", name)));
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// The unified diff of two texts under the name of the file that would change.
Result<std::string> difference(const std::string& name, const std::string& before,
                               const std::string& after) {
    if (before == after) {
        return std::string();
    }
    TemporaryFile one;
    TemporaryFile other;
    if (const auto done = one.fill(before); !done) {
        return tl::unexpected(done.error());
    }
    if (const auto done = other.fill(after); !done) {
        return tl::unexpected(done.error());
    }
    const auto outcome = process::run({"diff", "-u", "--label", name, "--label",
                                       name + " (after grub-gen apply)", one.path(), other.path()});
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status > 1) {
        return fail(fmt::format("diff failed: {}", text::trim(outcome->err)));
    }
    return outcome->out;
}

/// How the menu would change. Only the running system's own commands can tell.
Result<std::string> menu_difference(const sysfs::Root& root, const std::string& table) {
    const auto distribution = find_distribution(root);
    if (!root.is_live() || distribution.print_menu.empty() ||
        !root.exists(distribution.menu_path)) {
        return std::string();
    }
    TemporaryFile file;
    if (const auto done = file.fill(table); !done) {
        return tl::unexpected(done.error());
    }
    process::Options options;
    options.set = {{"EARLY_BIND_TABLE", file.path()}};
    const auto printed = process::run(distribution.print_menu, options);
    if (!printed) {
        return tl::unexpected(printed.error());
    }
    if (printed->status != 0) {
        return fail(fmt::format("{} failed with exit status {}: {}", shown(distribution.print_menu),
                                printed->status, text::trim(printed->err)));
    }
    const auto before = root.read(distribution.menu_path, std::size_t{16} * 1024 * 1024);
    if (!before) {
        return tl::unexpected(before.error());
    }
    return difference(root.outside_path(distribution.menu_path), *before, printed->out);
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
    auto diff =
        difference(root.outside_path(kBootTablePath), current_table(root).value_or(""), *table);
    if (!diff) {
        return diff;
    }
    auto menu = menu_difference(root, *table);
    if (!menu) {
        return menu;
    }
    return *diff + *menu;
}

Result<void> uninstall(const sysfs::Root& root, Progress progress) {
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
