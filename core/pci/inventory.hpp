// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/pci/address.hpp"
#include "core/pci/identity.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::pci {

using AddressSet = std::set<Address>;

/// One PCI function as the kernel shows it (Documentation/ABI/testing/sysfs-bus-pci).
struct Function {
    Address address;
    Identity identity;
    std::string driver;  ///< the driver that holds it, empty for none
    /// Its IOMMU group in this boot; the number means nothing elsewhere. Not read for bridges: a
    /// group never takes them along.
    std::optional<int> group;
    bool bridge = false;            ///< header type 1 or 2, or a host bridge: never bound
    bool virtual_function = false;  ///< an SR-IOV VF: neither a GPU nor a bind target
    bool boot_display = false;      ///< the firmware's display (boot_vga, boot_display)

    /// Something that can be handed to a VM and that counts for a group's viability.
    [[nodiscard]] bool is_endpoint() const { return !bridge && !virtual_function; }
};

/// The PCI functions of a machine, as values: nothing here reads the system again.
class Inventory {
  public:
    Inventory() = default;
    /// Sorts `functions` by address. `group_count` is the number of IOMMU groups of the machine,
    /// those without PCI functions included.
    Inventory(std::vector<Function> functions, std::size_t group_count);

    [[nodiscard]] const std::vector<Function>& functions() const { return functions_; }
    [[nodiscard]] std::size_t group_count() const { return group_count_; }

    /// The function at an address or a place; null when there is none.
    [[nodiscard]] const Function* find(const Address& address) const;
    [[nodiscard]] const Function* find(const Location& location) const;

    /// The functions below a bridge, as indices into functions(), sorted by place.
    [[nodiscard]] std::span<const std::uint32_t> below(const Location& bridge) const;

    /// The closure: the given functions and every endpoint of every group that they touch. Bridges
    /// and virtual functions are never part of it, except that `functions` itself comes through.
    [[nodiscard]] AddressSet closure(const AddressSet& functions) const;

    /// What could not be read while the inventory was taken, one sentence each. The functions are
    /// still listed, with no ids and no class, so that no group looks safer than it is.
    std::vector<std::string> warnings;

  private:
    friend class InventoryReader;

    std::vector<Function> functions_;
    // Indices into functions_; equal places and groups are in the order of the addresses.
    std::vector<std::uint32_t> by_location_;
    std::vector<std::uint32_t> by_group_;  ///< those that have a group
    std::size_t group_count_ = 0;
};

/// Takes the inventory below a root. Reads only attributes that do not wake a sleeping card (no
/// config space, no resources, no ROM). Fails when the root has no PCI devices directory.
[[nodiscard]] Result<Inventory> read_inventory(const sysfs::Root& root);

/// The same for one who asks about GPUs and the devices `named` only, at less cost: in the running
/// system at most four system calls for a function that is no display, and one more for each root
/// bus. Which functions are virtual is told where it counts for those, since that is a fifth call:
/// in the slots of GPUs, for what could be a GPU's audio, in the place of a named device or, when
/// it is not there, for everything of its kind, and in the IOMMU groups of all of these. Other
/// virtual functions pass for physical ones.
[[nodiscard]] Result<Inventory> read_inventory(const sysfs::Root& root,
                                               const std::vector<Identity>& named);

/// "sys/bus/pci/devices/0000:01:00.0", relative to a root.
[[nodiscard]] std::string device_directory(const Address& address);

}  // namespace early_bind::pci
