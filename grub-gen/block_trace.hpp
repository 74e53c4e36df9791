// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/mounts.hpp"

namespace early_bind {

/// The PCI functions below a piece of storage.
struct Carriers {
    pci::AddressSet functions;
    std::vector<std::string> untraced;  ///< block devices below it that lead to no PCI function
};

/// Follows storage down to the PCI functions that carry it, by the links of sysfs and without
/// opening any device: device mapper, MD and bcache through `slaves`, loop devices through their
/// backing file, NVMe multipath through the subsystem's controllers, btrfs and bcachefs through
/// their lists of devices. Below Intel VMD the VMD controller counts as well.
class BlockTrace {
  public:
    /// `mounts` tell in which file system a backing or swap file is. Both outlive this object.
    BlockTrace(const sysfs::Root& root, const std::vector<Mount>& mounts)
        : root_(root), mounts_(mounts) {}

    /// What carries a mounted file system; nothing for those that need no block device here
    /// (tmpfs, overlay, nfs, ...), and nothing for ZFS.
    [[nodiscard]] Carriers of_mount(const Mount& mount) const;

    /// What carries the file at an absolute path.
    [[nodiscard]] Carriers of_file(std::string_view path) const;

    /// What carries the block device with the device file `path` (links in dev are followed);
    /// nothing at all when there is no such device.
    [[nodiscard]] std::optional<Carriers> of_device(const std::string& path) const;

    /// Every function that has a disk which cannot be taken out.
    [[nodiscard]] Carriers of_fixed_disks() const;

  private:
    /// One walk; `seen` ends loops.
    struct Walk {
        Carriers carriers;
        std::set<std::string> seen;
    };

    [[nodiscard]] std::optional<std::string> number_of(const std::string& path) const;
    void follow_mount(const Mount& mount, Walk& walk) const;
    void follow_file(std::string_view path, Walk& walk) const;
    void follow_number(const std::string& number, Walk& walk) const;
    void follow_btrfs(const std::string& source, Walk& walk) const;
    [[nodiscard]] bool follow_slaves(const std::string& directory, Walk& walk) const;
    [[nodiscard]] bool follow_nvme_subsystem(std::string_view link, Walk& walk) const;

    const sysfs::Root& root_;
    const std::vector<Mount>& mounts_;
};

}  // namespace early_bind
