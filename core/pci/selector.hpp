// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"

namespace early_bind::pci {

/// What a selector may be, for messages.
inline constexpr std::string_view kSelectorForms =
    "a PCI address (0000:01:00.0), vendor:device (10de:2684) or a location (pci0000:00/01.1/00.0)";

/// The functions that a selector names, sorted; none when nothing matches. A selector is a PCI
/// address (the domain 0000 may be left out), `vendor:device` (every function of that kind) or a
/// location; the case of letters does not matter. Nothing is returned for any other text.
[[nodiscard]] std::optional<std::vector<Address>> select(std::string_view selector,
                                                         const Inventory& inventory);

}  // namespace early_bind::pci
