// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "core/sysfs/root.hpp"
#include "grub-gen/commands/terminal.hpp"

namespace early_bind {

/// A command of grub-gen: its words on the command line, and what it does below a root.
struct Command {
    CLI::App* words = nullptr;                   ///< belongs to the program's CLI::App
    std::function<int(const sysfs::Root&)> run;  ///< returns an Exit
    /// Whether it changes the system, with the options that it was given; none for never. Such a
    /// command is refused on a recording.
    std::function<bool()> writes = nullptr;
};

// Each adds its words to the program's. What they are set to lives as long as the Command.
[[nodiscard]] Command scan_command(CLI::App& program);
[[nodiscard]] Command check_command(CLI::App& program);
[[nodiscard]] Command setup_command(CLI::App& program);
[[nodiscard]] Command apply_command(CLI::App& program);
[[nodiscard]] Command keep_command(CLI::App& program);
[[nodiscard]] Command entries_command(CLI::App& program);
[[nodiscard]] Command record_command(CLI::App& program);
[[nodiscard]] Command import_command(CLI::App& program);
[[nodiscard]] Command refresh_command(CLI::App& program);
[[nodiscard]] Command uki_command(CLI::App& program);
[[nodiscard]] Command uninstall_command(CLI::App& program);
[[nodiscard]] Command boot_once_command(CLI::App& program);
[[nodiscard]] Command default_command(CLI::App& program);
[[nodiscard]] Command doctor_command(CLI::App& program);

}  // namespace early_bind
