// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "grub-gen/names.hpp"
#include "host/runtime/carry_out.hpp"
#include "host/runtime/change.hpp"

namespace early_bind {

/// A change for people: the devices, the reasons with their next step, and what would be done.
[[nodiscard]] std::string render_change(const Change& change, const pci::Inventory& inventory,
                                        const Names& names);

/// What came of it.
[[nodiscard]] std::string render_outcomes(const Outcomes& outcomes);

/// Both as one JSON object (docs/JSON.md); `outcomes` is null when nothing was carried out.
[[nodiscard]] std::string render_change_json(const std::string& command, const Change& change,
                                             const Outcomes* outcomes);

}  // namespace early_bind
