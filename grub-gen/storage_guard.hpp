// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// A PCI function that this host cannot do without.
struct GuardedFunction {
    pci::Address address;
    std::string what;  ///< what it carries: "/, /boot/efi and swap"
};

/// What the storage guard found.
struct Guard {
    std::vector<GuardedFunction> functions;  ///< sorted by address, each once
    std::vector<std::string> warnings;       ///< what could not be traced, one sentence each
};

/// Whether a mount point is one that the host lives in, whoever mounts it.
[[nodiscard]] bool is_system_point(std::string_view point);

/// Which PCI functions carry the file systems that the running host needs, so that they are never
/// bound: root, /boot, the EFI system partition, /usr, /var and the other mount points of the
/// system, swap, and whatever etc/fstab makes the boot wait for (neither noauto nor nofail). Data
/// disks that the boot can do without are not guarded. Where the root file system is an overlay,
/// every mounted disk is guarded; where one of them is on ZFS, whose disks sysfs does not tell,
/// every function with a fixed disk.
///
/// Reads proc/self/mountinfo, proc/swaps, etc/fstab and sysfs below the root. A running system
/// whose mountinfo cannot be read is an error; a recording without one guards nothing and says so.
[[nodiscard]] Result<Guard> guarded_functions(const sysfs::Root& root);

}  // namespace early_bind
