// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether GRUB can keep a choice for the next boot.
[[nodiscard]] Findings check_grub_environment(const Subject& subject);

}  // namespace early_bind::doctor
