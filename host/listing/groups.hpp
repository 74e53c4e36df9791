// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {

/// A device as `early-bind groups` lists it.
struct ListedDevice {
    pci::Function function;  ///< of bridges without the group
    std::string name;        ///< listed_name()
    /// The ways to reset it, in the order that the kernel tries them (reset_method,
    /// Documentation/ABI/testing/sysfs-bus-pci): "flr", "pm", "bus", ... "some" where the kernel
    /// does not say which (before Linux 5.15). Nothing when it is not known.
    std::optional<std::vector<std::string>> reset;
    std::optional<pci::Address> gpu;  ///< the card that it belongs to
    std::string gpu_name;             ///< of that card
    std::string carries;              ///< of this host: "/ and swap"; empty for nothing
};

/// An IOMMU group with everything in it, bridges and virtual functions as well.
struct ListedGroup {
    int number = 0;
    std::vector<ListedDevice> devices;  ///< by address
    std::vector<std::string> others;    ///< members that are no PCI functions (mediated devices)
};

/// What a machine has, by IOMMU group.
struct Listing {
    std::vector<ListedGroup> groups;      ///< by number; those without members left out
    std::vector<ListedDevice> ungrouped;  ///< by address
    std::size_t group_count = 0;          ///< of the machine
};

/// Lists every function of the inventory once. Reads no attribute that wakes a card.
[[nodiscard]] Listing list_groups(const sysfs::Root& root, const pci::Inventory& inventory,
                                  const std::vector<pci::Gpu>& gpus, const Names& names,
                                  const std::vector<GuardedFunction>& guarded);

/// What is left when only `wanted` matter: the groups that have one of them, whole, and those of
/// them that are in none.
[[nodiscard]] Listing only(const Listing& listing, const pci::AddressSet& wanted);

/// As text for people.
[[nodiscard]] std::string render_groups(const Listing& listing);

/// The same as JSON, schema 1; docs/PLANNING.md describes it.
[[nodiscard]] std::string render_groups_json(const Listing& listing);

}  // namespace early_bind
