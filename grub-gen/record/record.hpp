// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "core/pci/inventory.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/record/recording.hpp"

namespace early_bind {

/// Writes down the machine below a root, whose inventory and names were taken before. Reads only
/// attributes that do not wake a sleeping card, and nothing that tells this machine from another of
/// its kind: no serial numbers, network addresses, host names, file systems or EDIDs. What cannot
/// be read is left out.
[[nodiscard]] Recording record_machine(const sysfs::Root& root, const pci::Inventory& inventory,
                                       const Names& names);

/// The words of a kernel command line that matter for a layout; all others, which may tell whose
/// machine this is, are left out.
[[nodiscard]] std::string recordable_command_line(std::string_view command_line);

}  // namespace early_bind
