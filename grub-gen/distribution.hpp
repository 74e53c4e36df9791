// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The distribution's own commands that we build on, as far as a root has them. Those of the boot
/// loader belong to the loader (grub-gen/loader/).
struct Distribution {
    /// Makes the initramfs of every installed kernel anew: update-initramfs where there is one, be
    /// it that of initramfs-tools or the one that newer packages of dracut bring, else
    /// kernel-install where it makes unified kernel images, else mkinitcpio, else dracut itself.
    /// initramfs-tools and the package dracut exclude each other; dracut-core may lie beside any
    /// and makes no image by itself. Empty: none found.
    std::vector<std::string> rebuild_initramfs;
};

[[nodiscard]] Distribution find_distribution(const sysfs::Root& root);

}  // namespace early_bind
