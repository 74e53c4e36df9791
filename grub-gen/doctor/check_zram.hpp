// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether zram-tools and systemd-zram-generator would both set zram up.
[[nodiscard]] Findings check_zram(const Subject& subject);

}  // namespace early_bind::doctor
