// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "grub-gen/names.hpp"

namespace early_bind {

/// What a selector may be, for --help and messages.
inline constexpr std::string_view kSelectionForms =
    "an address (0000:01:00.0), a slot (01:00), a location (pci0000:00/01.1/00.0), vendor:device "
    "(10de:2684), group:SELECTOR, gpu:WORDS or a regular expression over names ('NVIDIA|USB')";

/// The functions that the selectors name, all together:
///
/// * an address, a location or `vendor:device`, as pci::select() has them;
/// * a slot, `[DDDD:]BB:DD`: all its functions;
/// * `group:SELECTOR`: every endpoint of the IOMMU groups of what SELECTOR names;
/// * `gpu:WORDS`: the one GPU whose name has these words;
/// * anything else is a regular expression (ECMAScript, in any case of letters), looked for in the
///   names of endpoints as `early-bind groups` lists them: "VGA compatible controller: NVIDIA ...
///   [10de:2684]".
///
/// A function of a GPU stands for its whole card. Bridges and virtual functions are never among
/// what slots, groups and names give; one that is named by its address is an error. So is a
/// selector that names nothing. `inventory` must tell virtual functions (read_inventory(root)).
[[nodiscard]] Result<pci::AddressSet> select_functions(const std::vector<std::string>& selectors,
                                                       const pci::Inventory& inventory,
                                                       const std::vector<pci::Gpu>& gpus,
                                                       const Names& names);

/// "VGA compatible controller: NVIDIA Corporation AD102 [GeForce RTX 4090] [10de:2684]".
[[nodiscard]] std::string listed_name(const pci::Function& function, const Names& names);

}  // namespace early_bind
