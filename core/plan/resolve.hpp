// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/reason.hpp"
#include "core/profile/boot_table.hpp"

namespace early_bind {

/// Where something that the table knows is in this boot.
struct Found {
    enum class How {
        in_place,   ///< same place, same ids
        moved,      ///< another place, the only unclaimed function of these ids
        missing,    ///< no function of these ids is free
        ambiguous,  ///< several could be it
    };
    How how = How::missing;
    std::optional<pci::Address> address;  ///< set when in_place or moved
};

/// The table's devices in this boot's inventory.
struct Resolution {
    std::vector<Found> gpus;     ///< by index of BootTable::gpus: the display function
    std::vector<Found> statics;  ///< by index of BootTable::statics
    std::vector<Found> devices;  ///< by index of BootTable::devices
    pci::AddressSet guarded;     ///< functions that must never be bound
};

/// Finds each device of the table by its identity: location and ids first; else the one unclaimed
/// function of the machine with its ids, provided that no other lost device of the table has the
/// same ids. A guarded function that is not in its place guards every function with its ids.
[[nodiscard]] Resolution resolve(const BootTable& table, const pci::Inventory& inventory);

/// What resolve() looks for, to be named for pci::read_inventory().
[[nodiscard]] std::vector<pci::Identity> wanted_devices(const BootTable& table);

}  // namespace early_bind
