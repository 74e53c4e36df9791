// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/grub_script.hpp"

namespace early_bind {

/// Reads and parses the boot table below the root, or the file that the environment variable
/// EARLY_BIND_TABLE names; nothing when there is none, or with a warning when it cannot be used.
[[nodiscard]] std::optional<BootTable> read_table_for_menu(const sysfs::Root& root,
                                                           std::vector<std::string>& warnings);

/// The layouts of a table as GRUB script: the sub-menu, and what makes the default. `kernels` are
/// the stock entries, newest first; only the first of each kernel counts. What is left out is a
/// warning. Empty when there is nothing to show.
[[nodiscard]] std::string make_grub_layouts(const sysfs::Root& root, const BootTable& table,
                                            const std::vector<MenuEntry>& kernels,
                                            std::vector<std::string>& warnings);

/// The text, when GRUB's own parser takes it; else nothing, and a warning.
[[nodiscard]] std::string checked_script(std::string text, std::vector<std::string>& warnings);

}  // namespace early_bind
