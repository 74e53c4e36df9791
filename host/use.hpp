// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pci/inventory.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Something that would lose a PCI function if its driver did, or that a VM has.
struct Use {
    pci::Address address;
    std::optional<int> process;  ///< its id, for what a process does
    std::string who;             ///< the process's name, else empty
    std::string what;  ///< "/dev/dri/card1", or a whole clause: "/dev/sdb1 is mounted on /data"

    bool operator==(const Use&) const = default;
};

/// "Xorg (process 612) has /dev/dri/card1 of 0000:01:00.0", "0000:03:00.0: /dev/sdb1 is mounted on
/// /data".
[[nodiscard]] std::string to_string(const Use& use);

/// Who uses these functions, by function, then by process:
///
/// * processes that have a device file open or mapped which hangs on one of them: those that its
///   directory in sysfs names (DEVNAME of each `uevent`, which is what udev makes them of),
///   NVIDIA's own (/proc/driver/nvidia/gpus/ADDRESS/information), and VFIO's file of its IOMMU
///   group;
/// * file systems and swap that are on it, through encryption, LVM and RAID, and what else is built
///   on its disks (the `holders` of a block device);
/// * network interfaces that are up.
///
/// Reads proc and sysfs only; a process that ends meanwhile is none. Processes of others can be
/// seen by root alone.
[[nodiscard]] std::vector<Use> find_uses(const sysfs::Root& root, const pci::Inventory& inventory,
                                         const pci::AddressSet& functions);

}  // namespace early_bind
