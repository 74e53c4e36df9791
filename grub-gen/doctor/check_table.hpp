// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// The configuration, and whether the boot table is what it and the machine give now.
[[nodiscard]] Findings check_table(const Subject& subject);

}  // namespace early_bind::doctor
