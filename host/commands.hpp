// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/commands/command.hpp"

namespace early_bind {

// Each adds its words to the program's, as those of grub-gen do (grub-gen/commands/command.hpp).
[[nodiscard]] Command export_command(CLI::App& program);

}  // namespace early_bind
