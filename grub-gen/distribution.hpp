// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The distribution's own commands that we build on, as far as a root has them. Those of the boot
/// loader belong to the loader (grub-gen/loader/).
struct Distribution {
    std::vector<std::string> rebuild_initramfs;  ///< for every installed kernel; empty: none found
};

[[nodiscard]] Distribution find_distribution(const sysfs::Root& root);

}  // namespace early_bind
