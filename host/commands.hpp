// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/commands/command.hpp"

namespace early_bind {

// The commands of early-bind-host, as those of grub-gen/commands/command.hpp.
[[nodiscard]] Command cpus_command(CLI::App& program);
[[nodiscard]] Command groups_command(CLI::App& program);
[[nodiscard]] Command inputs_command(CLI::App& program);
[[nodiscard]] Command rom_command(CLI::App& program);

}  // namespace early_bind
