// SPDX-License-Identifier: MIT
#include "core/plan/driven.hpp"

namespace early_bind {

std::vector<std::vector<pci::Address>> driven_functions(const pci::Inventory& inventory,
                                                        const std::vector<Candidate>& candidates) {
    pci::AddressSet all;
    for (const auto& candidate : candidates) {
        all.insert(candidate.functions.begin(), candidate.functions.end());
    }
    std::vector<std::vector<pci::Address>> driven;
    driven.reserve(candidates.size());
    for (const auto& candidate : candidates) {
        auto& found = driven.emplace_back();
        for (const auto& address : inventory.closure(candidate.functions)) {
            const auto& driver = inventory.find(address)->driver;
            if (all.contains(address) && !driver.empty() && driver != "vfio-pci") {
                found.push_back(address);
            }
        }
    }
    return driven;
}

}  // namespace early_bind
