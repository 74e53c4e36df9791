// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Says what is being done while it is being done; main prints it.
using Progress = void (*)(const std::string& sentence);

/// A command as people write it: its words with blanks between them.
[[nodiscard]] std::string shown(const std::vector<std::string>& command);

/// Where a program of the root's system is, as its own shell names it: "/usr/sbin/update-grub".
/// Empty when the root has none of this name.
[[nodiscard]] std::string find_program(const sysfs::Root& root, const std::string& name);

/// In the environment of what run_in_root() runs: hooks that come to call `grub-gen refresh` by it,
/// as an initramfs's does with systemd-boot on Debian, have nothing to do, since we do it at the
/// end.
inline constexpr const char* kRunByUs = "EARLY_BIND_RUNS";

/// Runs one of the distribution's commands in the root, its output being the user's to see. Errors
/// name the command.
[[nodiscard]] Result<void> run_in_root(const sysfs::Root& root,
                                       const std::vector<std::string>& command, Progress progress);

/// The same for a command whose output is no news: only what it said last is told when it fails.
[[nodiscard]] Result<void> run_quietly_in_root(const sysfs::Root& root,
                                               const std::vector<std::string>& command);

}  // namespace early_bind
