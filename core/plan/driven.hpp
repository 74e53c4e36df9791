// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/pci/inventory.hpp"

namespace early_bind {

/// A card, or a single device, that is to go to vfio-pci.
struct Candidate {
    std::string what;  ///< for sentences
    pci::AddressSet functions;
};

/// For each candidate, in their order: the functions that have a driver other than vfio-pci, of its
/// own and of the candidates with which it shares an IOMMU group. In the running system such a card
/// stays with the host, since nothing is taken from a driver there. Functions that belong to no
/// candidate are not looked at: the guards judge those.
[[nodiscard]] std::vector<std::vector<pci::Address>> driven_functions(
    const pci::Inventory& inventory, const std::vector<Candidate>& candidates);

}  // namespace early_bind
