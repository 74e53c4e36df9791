// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cmdline/cmdline.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "early-bind/report.hpp"

namespace early_bind {

/// What was asked for in this boot, held against what is.
struct Comparison {
    std::string asked;             ///< the profile on the command line, empty for none
    std::optional<Report> report;  ///< what early-bind left in /run
    std::vector<std::string> now;  ///< the driver of each of the report's functions by now
    std::vector<Reason> reasons;   ///< the report's, and what is wrong by now
    bool agrees = false;
};

/// Compares; pure. `report` is nothing when this boot left none.
[[nodiscard]] Comparison compare(const Tokens& tokens, std::optional<Report> report,
                                 const pci::Inventory& inventory);

/// The comparison as a table for people, and as JSON (schema 1).
[[nodiscard]] std::string render_status(const Comparison& comparison);
[[nodiscard]] std::string render_status_json(const Comparison& comparison);

}  // namespace early_bind
