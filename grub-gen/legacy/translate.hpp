// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/profile/profile.hpp"
#include "grub-gen/legacy/finding.hpp"

namespace early_bind {

/// A device for the static set.
struct ProposedStatic {
    pci::Address address;
    std::string selector;  ///< its location, or its address where it has none
};

/// What an earlier set-up is in our words.
struct Proposal {
    std::vector<pci::Address> gpus;       ///< GPUs that it passes, sorted
    std::vector<std::string> profiles;    ///< generated profiles that pass them, the best one first
    std::vector<ProposedStatic> statics;  ///< other devices that it binds
    bool disable_idle_d3 = false;         ///< for the profiles
    bool disable_vga = false;             ///< for the profiles
    std::vector<std::string> notes;       ///< what is not carried over, one sentence each

    /// Whether the configuration has to change.
    [[nodiscard]] bool changes_config() const {
        return !statics.empty() || ((disable_idle_d3 || disable_vga) && !profiles.empty());
    }
};

/// Translates. Pure. Menu entries of other tools count for GPUs and not for the static set, which
/// is for every boot.
[[nodiscard]] Proposal translate(const std::vector<LegacyFinding>& findings,
                                 const pci::Inventory& inventory, const std::vector<pci::Gpu>& gpus,
                                 const Choices& choices, const std::vector<Profile>& profiles);

}  // namespace early_bind
