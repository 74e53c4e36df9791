// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// The boot table that `grub-gen apply` left in the root; nothing where nothing was applied. Errors
/// name the file and what writes it anew.
[[nodiscard]] Result<std::optional<BootTable>> read_applied_table(const sysfs::Root& root);

}  // namespace early_bind
