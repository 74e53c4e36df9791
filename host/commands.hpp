// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/commands/command.hpp"

namespace early_bind {

// The commands of early-bind-host, as grub-gen/commands/command.hpp has those of grub-gen.
[[nodiscard]] Command display_command(CLI::App& program);
[[nodiscard]] Command services_command(CLI::App& program);

}  // namespace early_bind
