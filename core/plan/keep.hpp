// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "core/pci/inventory.hpp"
#include "core/profile/boot_table.hpp"
#include "core/result.hpp"

namespace early_bind {

/// The layout that `early-bind.keep=SELECTOR` asks for, typed into the GRUB editor: the host keeps
/// the GPU with a function that the selector names (core/pci/selector.hpp), and every other GPU
/// that may be passed is. Returns a table of this machine with that one profile, `keep=SELECTOR`.
///
/// `known` is the boot table, null when there is none. With it, the host also keeps the GPUs that
/// the table does not know or that no profile of it passes, and its static set and guarded
/// functions count. Management GPUs are kept in any case.
///
/// Fails when the selector is none, names no GPU, or several, or when nothing is left to pass.
[[nodiscard]] Result<BootTable> table_that_keeps(std::string_view selector,
                                                 const pci::Inventory& inventory,
                                                 const BootTable* known);

}  // namespace early_bind
