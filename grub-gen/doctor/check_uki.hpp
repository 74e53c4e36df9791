// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// With unified kernel images: whether they can have layouts, and whether they hold the initramfs
/// that the other checks look at. Nothing with other menus.
[[nodiscard]] Findings check_uki(const Subject& subject);

}  // namespace early_bind::doctor
