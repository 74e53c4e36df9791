// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/profile/profile.hpp"
#include "core/result.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/storage_guard.hpp"

namespace early_bind {

/// The functions that a selector names, sorted. A selector is a PCI address (`0000:01:00.0`, the
/// domain 0000 may be left out), `vendor:device` (`10de:2684`, every function of that kind) or a
/// location (`pci0000:00/01.1/00.0`); the case of letters does not matter. That no function matches
/// is an error.
[[nodiscard]] Result<std::vector<pci::Address>> resolve(std::string_view selector,
                                                        const pci::Inventory& inventory);

/// Compares the configuration with the machine: `host_only` selectors must name GPUs (any function
/// of a card counts), `static` selectors endpoints that are no part of a GPU and carry no file
/// system of this host. Errors are "line L, column C: ..." of the selector and name the function.
/// `guarded` becomes Choices::guarded as it is.
[[nodiscard]] Result<Choices> resolve_choices(const Config& config, const pci::Inventory& inventory,
                                              const std::vector<pci::Gpu>& gpus,
                                              const std::vector<GuardedFunction>& guarded);

}  // namespace early_bind
