// SPDX-License-Identifier: MIT
#include "grub-gen/root_command.hpp"

#include <fmt/format.h>

#include <array>

#include "grub-gen/process.hpp"

namespace early_bind {

std::string shown(const std::vector<std::string>& command) {
    return fmt::format("{}", fmt::join(command, " "));
}

std::string find_program(const sysfs::Root& root, const std::string& name) {
    constexpr std::array kDirectories = {"usr/sbin", "usr/bin", "sbin", "bin"};
    for (const char* directory : kDirectories) {
        const auto path = fmt::format("{}/{}", directory, name);
        if (root.exists(path)) {
            return "/" + path;
        }
    }
    return {};
}

namespace {

/// Runs a command in the root; errors name it as `name`.
Result<void> run(const sysfs::Root& root, const std::vector<std::string>& command,
                 process::Options options, const std::string& name) {
    if (!root.is_live()) {
        options.chroot = root.outside_path("");
    }
    const auto outcome = process::run(command, options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        const auto said = options.capture_err ? ": " + process::last_words(outcome->err) : "";
        return fail(fmt::format("{} failed with exit status {}{}", name, outcome->status, said));
    }
    return {};
}

}  // namespace

Result<void> run_in_root(const sysfs::Root& root, const std::vector<std::string>& command,
                         Progress progress) {
    progress(fmt::format("running {}", shown(command)));
    process::Options options;
    options.capture_out = false;
    options.capture_err = false;
    options.set = {{kRunByUs, "1"}};
    return run(root, command, options, shown(command));
}

Result<void> run_quietly_in_root(const sysfs::Root& root, const std::vector<std::string>& command) {
    return run(root, command, {}, command.front());
}

}  // namespace early_bind
