// SPDX-License-Identifier: MIT
#pragma once

#include "core/sysfs/root.hpp"
#include "grub-gen/kernel_arguments.hpp"

namespace early_bind {

/// Reads what iommu_arguments() decides by. What cannot be read counts as absent, which at worst
/// gives an entry an argument more than it needs.
[[nodiscard]] MachineFacts read_machine_facts(const sysfs::Root& root);

}  // namespace early_bind
