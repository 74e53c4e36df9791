// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cmdline/cmdline.hpp"
#include "core/pci/inventory.hpp"
#include "core/profile/trial.hpp"
#include "core/result.hpp"
#include "early-bind/report.hpp"
#include "early-bind/resources.hpp"

namespace early_bind {

/// What was asked for in this boot, held against what is.
struct Comparison {
    std::string asked;             ///< the profile on the command line, empty for none
    std::optional<Report> report;  ///< what early-bind left in /run
    std::vector<std::string> now;  ///< the driver of each of the report's functions by now
    std::vector<Resource> resources;
    std::vector<Reason> reasons;  ///< the report's, and what is wrong by now
    bool agrees = false;
};

/// The profile that counts: that of the kernel command line, or what a command of the booted system
/// has made of the layout since. Empty for none, "keep=SELECTOR" for a kept GPU.
[[nodiscard]] std::string asked_now(const Tokens& tokens, const std::optional<Report>& report);

/// Compares; pure. `report` is nothing when this boot left none. Resources count in the boot of a
/// profile.
[[nodiscard]] Comparison compare(const Tokens& tokens, std::optional<Report> report,
                                 const pci::Inventory& inventory,
                                 std::vector<Resource> resources = {});

/// The reason to give when a profile that was chosen for one boot did not come to its end: neither
/// `boot_id` is that of the boot in which it was chosen, nor is it this boot's profile.
[[nodiscard]] std::optional<Reason> failed_trial(const std::optional<Trial>& trial,
                                                 const Tokens& tokens, std::string_view boot_id);

/// The comparison as a table for people, and as JSON (schema 1).
[[nodiscard]] std::string render_status(const Comparison& comparison);
[[nodiscard]] std::string render_status_json(const Comparison& comparison);

}  // namespace early_bind
