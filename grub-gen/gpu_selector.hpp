// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "grub-gen/names.hpp"

namespace early_bind {

/// The one GPU that a selector names: one of pci::select()'s, for any function of the card, or
/// words of the GPU's name ("rtx 4090"), in any case. Errors say which GPUs there are, or which
/// fit.
[[nodiscard]] Result<const pci::Gpu*> select_gpu(std::string_view selector,
                                                 const pci::Inventory& inventory,
                                                 const std::vector<pci::Gpu>& gpus,
                                                 const Names& names);

}  // namespace early_bind
