// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/reason.hpp"

namespace early_bind {

/// Whether a profile can work on this machine, and so whether it gets a menu entry.
enum class Status {
    ok,          ///< entry
    unsafe,      ///< the closure takes functions that belong to no passed GPU: no entry
    impossible,  ///< the closure contains a kept GPU: no entry
    no_group,    ///< no groups to judge by yet: entry, and the boot decides with live groups
};

[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

/// Whether a profile of this status gets a menu entry.
[[nodiscard]] bool has_entry(Status status);

/// One GPU layout of a machine. All lists are sorted; GPUs are named by their address.
struct Profile {
    std::string name;
    std::vector<pci::Address> keep;     ///< GPUs the host keeps, management and host-only ones too
    std::vector<pci::Address> pass;     ///< GPUs that go to vfio-pci
    std::vector<pci::Address> devices;  ///< more functions that the configuration passes with it
    std::vector<pci::Address> bind;     ///< functions that go to vfio-pci: the closure
    bool headless = false;              ///< no GPU is left to the host
    Status status = Status::ok;
    std::vector<Reason> reasons;
};

/// A profile that the configuration adds to the generated ones.
struct OwnProfile {
    std::string name;
    pci::AddressSet pass;  ///< GPUs by their address; the host keeps the others
};

/// What a configuration says about the machine, resolved to functions of the inventory.
struct Choices {
    pci::AddressSet host_only;  ///< GPUs (by their address) that are never passed
    pci::AddressSet statics;    ///< functions that go to vfio-pci in every boot
    pci::AddressSet guarded;    ///< functions that carry a file system of the running host
    std::vector<OwnProfile> own{};
    /// More functions to pass with a profile, by its name.
    std::map<std::string, pci::AddressSet, std::less<>> devices{};
};

/// The name of the profile that passes every candidate.
inline constexpr std::string_view kPassAll = "pass-all";

/// Whether text can be a profile's name: `[a-z0-9][a-z0-9._-]{0,63}`.
[[nodiscard]] bool is_profile_name(std::string_view text);

/// The profiles of a machine: one that keeps each GPU that may be passed, in bus order, then the
/// configuration's own, and last the one that passes them all. A generated profile that would pass
/// nothing is not made.
[[nodiscard]] std::vector<Profile> make_profiles(const pci::Inventory& inventory,
                                                 const std::vector<pci::Gpu>& gpus,
                                                 const Choices& choices);

}  // namespace early_bind
