// SPDX-License-Identifier: MIT
#include "core/plan/resolve.hpp"

#include <algorithm>

namespace early_bind {
namespace {

using pci::Identity;
using pci::Inventory;

/// The identities that must not be taken for one another, and where each was found.
struct Wanted {
    const Identity* identity;
    Found* found;
};

void find_in_place(const Inventory& inventory, const Wanted& wanted, pci::AddressSet& claimed) {
    const auto* function = inventory.find(wanted.identity->location);
    if (function != nullptr && function->identity.same_kind(*wanted.identity)) {
        *wanted.found = {Found::How::in_place, function->address};
        claimed.insert(function->address);
    }
}

void find_moved(const Inventory& inventory, const std::vector<Wanted>& all, const Wanted& wanted,
                const pci::AddressSet& claimed) {
    std::vector<pci::Address> candidates;
    for (const auto& function : inventory.functions()) {
        if (function.is_endpoint() && function.identity.same_kind(*wanted.identity) &&
            !claimed.contains(function.address)) {
            candidates.push_back(function.address);
        }
    }
    const auto lost = std::count_if(all.begin(), all.end(), [&](const Wanted& other) {
        return other.found->how != Found::How::in_place &&
               other.identity->same_kind(*wanted.identity);
    });
    if (candidates.empty()) {
        wanted.found->how = Found::How::missing;
    } else if (candidates.size() == 1 && lost == 1) {
        *wanted.found = {Found::How::moved, candidates.front()};
    } else {
        wanted.found->how = Found::How::ambiguous;
    }
}

}  // namespace

Resolution resolve(const BootTable& table, const Inventory& inventory) {
    Resolution resolution;
    resolution.gpus.resize(table.gpus.size());
    resolution.statics.resize(table.statics.size());
    resolution.devices.resize(table.devices.size());

    std::vector<Wanted> all;
    for (std::size_t i = 0; i < table.gpus.size(); ++i) {
        all.push_back({&table.gpus[i].functions.front().identity, &resolution.gpus[i]});
    }
    for (std::size_t i = 0; i < table.statics.size(); ++i) {
        all.push_back({&table.statics[i].identity, &resolution.statics[i]});
    }
    for (std::size_t i = 0; i < table.devices.size(); ++i) {
        all.push_back({&table.devices[i].identity, &resolution.devices[i]});
    }
    pci::AddressSet claimed;
    for (const auto& wanted : all) {
        find_in_place(inventory, wanted, claimed);
    }
    for (const auto& wanted : all) {
        if (wanted.found->how != Found::How::in_place) {
            find_moved(inventory, all, wanted, claimed);
        }
    }

    for (const auto& guarded : table.guarded) {
        const auto* there = inventory.find(guarded.identity.location);
        if (there != nullptr && there->identity.same_kind(guarded.identity)) {
            resolution.guarded.insert(there->address);
            continue;
        }
        for (const auto& function : inventory.functions()) {
            if (function.identity.same_kind(guarded.identity)) {
                resolution.guarded.insert(function.address);
            }
        }
    }
    return resolution;
}

std::vector<Identity> wanted_devices(const BootTable& table) {
    std::vector<Identity> identities;
    for (const auto& gpu : table.gpus) {
        identities.push_back(gpu.functions.front().identity);
    }
    for (const auto* functions : {&table.statics, &table.devices, &table.guarded}) {
        for (const auto& function : *functions) {
            identities.push_back(function.identity);
        }
    }
    return identities;
}

}  // namespace early_bind
