// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The distribution's own commands that we build on, as far as a root has them.
struct Distribution {
    /// Makes the initramfs of every installed kernel anew: update-initramfs where there is one, be
    /// it that of initramfs-tools or the one that newer packages of dracut bring, else dracut
    /// itself. initramfs-tools and the package dracut exclude each other; dracut-core may lie
    /// beside either and makes no image by itself. Empty: none found.
    std::vector<std::string> rebuild_initramfs;
    std::vector<std::string> update_menu;  ///< writes the menu; empty: none found
    std::vector<std::string> print_menu;   ///< prints the menu; empty: none found
    std::string menu_path;                 ///< of the menu's file, relative to the root
};

[[nodiscard]] Distribution find_distribution(const sysfs::Root& root);

}  // namespace early_bind
