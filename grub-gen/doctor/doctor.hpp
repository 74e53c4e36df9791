// SPDX-License-Identifier: MIT
#pragma once

#include "core/sysfs/root.hpp"
#include "grub-gen/doctor/finding.hpp"

namespace early_bind::doctor {

/// Runs every check on the system below a root, in the order in which a boot depends on them.
/// Changes nothing. What cannot be looked at is a finding, too.
[[nodiscard]] Findings examine(const sysfs::Root& root);

}  // namespace early_bind::doctor
