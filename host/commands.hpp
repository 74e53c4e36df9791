// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/commands/command.hpp"

namespace early_bind {

// The commands of the booted system. Each adds its words to the program's.
[[nodiscard]] Command bind_command(CLI::App& program);
[[nodiscard]] Command cpus_command(CLI::App& program);
[[nodiscard]] Command display_command(CLI::App& program);
[[nodiscard]] Command export_command(CLI::App& program);
[[nodiscard]] Command groups_command(CLI::App& program);
[[nodiscard]] Command inputs_command(CLI::App& program);
[[nodiscard]] Command release_command(CLI::App& program);
[[nodiscard]] Command rom_command(CLI::App& program);
[[nodiscard]] Command services_command(CLI::App& program);
[[nodiscard]] Command switch_command(CLI::App& program);

}  // namespace early_bind
