// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/inputs/inputs.hpp"

namespace early_bind {

/// The profiles that pass a PCI function, by function.
using PassedBy = std::map<pci::Address, std::vector<std::string>>;

/// The devices as text for people, and whom a profile takes along.
[[nodiscard]] std::string render_inputs(const std::vector<InputDevice>& inputs,
                                        const PassedBy& passed);

/// The same as JSON, schema 1; docs/INPUTS.md describes it.
[[nodiscard]] std::string render_inputs_json(const std::vector<InputDevice>& inputs,
                                             const PassedBy& passed);

}  // namespace early_bind
