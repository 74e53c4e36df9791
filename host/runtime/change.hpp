// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/pci/framebuffer.hpp"
#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "core/profile/boot_table.hpp"
#include "early-bind/report.hpp"
#include "host/use.hpp"

namespace early_bind {

/// The machine as it is when a change is asked for.
struct Situation {
    pci::Inventory inventory;
    std::vector<pci::Gpu> gpus;
    std::map<pci::Address, std::string> gpu_names;  ///< for sentences
    pci::AddressSet host_only;                      ///< GPUs that the configuration never passes
    std::vector<TableFunction> guarded;             ///< carry a file system that the host needs
    std::vector<pci::Framebuffer> framebuffers;
    std::optional<Report> report;  ///< of this boot and of changes since
    std::string command_line;      ///< of the kernel
};

/// A function that goes from vfio-pci back to the host.
struct Release {
    pci::Address address;
    pci::Identity identity;
    std::string driver;  ///< the one that it had before vfio-pci, empty where none is known
};

/// What a command of the booted system would do, in this order: `releases`, then `plan`; or why
/// nothing is done.
struct Change {
    std::string profile;  ///< the one to change to; empty when single devices are asked for
    std::vector<Release> releases;
    Plan plan;  ///< its reasons are among `reasons`
    std::vector<Reason> reasons;
    std::vector<Use> uses;  ///< what the reason in-use is made of

    [[nodiscard]] bool refused() const;
    /// The functions that must not be in use: what leaves a driver of the host, or a VM.
    [[nodiscard]] pci::AddressSet touched() const;
};

// All of these are pure. The guards are those of the boot, and these: a GPU that always stays with
// the host (host-only), and the host's last GPU (last-gpu), unless `headless` says that this is
// meant.

/// Gives functions to vfio-pci: whole cards and other devices (host/selection.hpp).
[[nodiscard]] Change plan_bind(const Situation& situation, const pci::AddressSet& functions,
                               bool headless);

/// Gives those of the functions that are on vfio-pci back.
[[nodiscard]] Change plan_release(const Situation& situation, const pci::AddressSet& functions);

/// Makes the layout that of another profile: gives back what early-bind passed, or what belongs to
/// a GPU that the profile keeps, and the profile does not pass; binds the rest. What the profile
/// gets from kernel arguments or zram, which come with a boot only, forbids it (needs-boot) unless
/// `devices_only` is set.
[[nodiscard]] Change plan_switch(const Situation& situation, const BootTable& table,
                                 const TableProfile& profile, bool headless, bool devices_only);

/// Adds what `uses` mean: what is in use is not touched.
void guard_uses(Change& change, std::vector<Use> uses);

/// What was there and what came of the change, as the report of this boot from now on: without what
/// was given back, with what was bound, and with a note of this latest change. `bound`: what act()
/// said; `command`: what was asked for, for the note.
[[nodiscard]] Report changed_report(const std::optional<Report>& before, const Change& change,
                                    const std::vector<pci::Address>& given_back,
                                    const Report& bound, const std::string& command);

}  // namespace early_bind
