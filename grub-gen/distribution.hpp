// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The distribution's own commands that we build on, as far as a root has them.
struct Distribution {
    std::vector<std::string> rebuild_initramfs;  ///< for every installed kernel; empty: none found
    std::vector<std::string> update_menu;        ///< writes the menu; empty: none found
    std::vector<std::string> print_menu;         ///< prints the menu; empty: none found
    std::string menu_path;                       ///< of the menu's file, relative to the root
};

[[nodiscard]] Distribution find_distribution(const sysfs::Root& root);

}  // namespace early_bind
