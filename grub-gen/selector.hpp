// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/profile/profile.hpp"
#include "core/result.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {

/// pci::select() for people: text that is no selector, and one that matches nothing, are errors.
[[nodiscard]] Result<std::vector<pci::Address>> resolve(std::string_view selector,
                                                        const pci::Inventory& inventory);

/// Compares the configuration with the machine: `host_only` selectors must name GPUs (any function
/// of a card counts), `static` selectors endpoints that are no part of a GPU and carry no file
/// system of this host. Errors are "line L, column C: ..." of the selector and name the function.
/// The `devices` of profiles are as `static`, their `keep` and `pass` are GPUs. `guarded` becomes
/// Choices::guarded as it is.
[[nodiscard]] Result<Choices> resolve_choices(const Config& config, const pci::Inventory& inventory,
                                              const std::vector<pci::Gpu>& gpus,
                                              const std::vector<GuardedFunction>& guarded,
                                              const Names& names);

/// The ROM files of the configuration by the function they are for: a GPU's display function,
/// whichever function of the card, or words of its name, it was written as; else every function
/// that the selector names. Errors as those of resolve_choices().
[[nodiscard]] Result<std::map<pci::Address, std::string>> resolve_roms(
    const Config& config, const pci::Inventory& inventory, const std::vector<pci::Gpu>& gpus,
    const Names& names);

}  // namespace early_bind
