// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether earlier set-ups for passing devices work against the layouts.
[[nodiscard]] Findings check_legacy(const Subject& subject);

}  // namespace early_bind::doctor
