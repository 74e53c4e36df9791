// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "core/pci/inventory.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/legacy/finding.hpp"

namespace early_bind {

/// Where the kernel's default command line is that is neither GRUB's nor a shell file.
inline constexpr const char* kKernelCommandLinePath = "etc/kernel/cmdline";

/// Finds what other set-ups for passing devices are in effect below a root, in the order of the
/// kinds, paths and lines. What is commented out is none. Changes nothing; files that cannot be
/// read are left out.
///
/// A blacklist of nouveau alone belongs to NVIDIA's own driver and is none either.
[[nodiscard]] std::vector<LegacyFinding> find_legacy(const sysfs::Root& root,
                                                     const pci::Inventory& inventory);

}  // namespace early_bind
