// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"

namespace early_bind::pci {

enum class Role {
    discrete,    ///< a card
    integrated,  ///< part of the processor or chipset
    management,  ///< the display of a server's management controller: always stays with the host
};

[[nodiscard]] std::string_view to_string(Role role);

/// One card: the display functions of a slot, named by the lowest of them, and its companions.
struct Gpu {
    Address address;
    std::vector<Address> functions;  ///< display functions and companions, sorted
    Role role = Role::discrete;
    bool boot_display = false;
};

/// The GPUs of a machine in bus order.
///
/// A companion is a function in the GPU's slot that is either of the GPU's vendor, or in a slot
/// that holds nothing but display, audio, USB and serial bus functions; also an audio function
/// behind the card's own on-board switch (Intel Arc). Other slot mates (an APU's security
/// processor, host USB or audio beside it) are none.
[[nodiscard]] std::vector<Gpu> find_gpus(const Inventory& inventory);

}  // namespace early_bind::pci
