// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "core/huge_pages.hpp"
#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// What restricts this boot. `secure_boot` is the content of the SecureBoot EFI variable (four
/// bytes of attributes, then one of value), `lockdown` that of sys/kernel/security/lockdown
/// ("none [integrity] confidentiality"); both empty where there is none.
[[nodiscard]] Findings judge_restrictions(std::string_view secure_boot, std::string_view lockdown);

[[nodiscard]] Findings judge_huge_pages(const HugePages& asked, const HugePages& given);

/// This boot: Secure Boot and lockdown, whether the layout is what was asked for, huge pages.
[[nodiscard]] Findings check_boot(const Subject& subject);

}  // namespace early_bind::doctor
