// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// What restricts this boot. `secure_boot` is the content of the SecureBoot EFI variable (four
/// bytes of attributes, then one of value), `lockdown` that of sys/kernel/security/lockdown
/// ("none [integrity] confidentiality"); both empty where there is none.
[[nodiscard]] Findings judge_restrictions(std::string_view secure_boot, std::string_view lockdown);

/// Huge pages of each size in KiB.
using HugePages = std::map<std::uint64_t, std::uint64_t>;

/// The huge pages that a kernel command line asks for, by the rules of
/// Documentation/admin-guide/mm/hugetlbpage.rst; `default_size` in KiB is used where the command
/// line has no default_hugepagesz=.
[[nodiscard]] HugePages asked_huge_pages(std::string_view command_line, std::uint64_t default_size);

[[nodiscard]] Findings judge_huge_pages(const HugePages& asked, const HugePages& given);

/// This boot: Secure Boot and lockdown, whether the layout is what was asked for, huge pages.
[[nodiscard]] Findings check_boot(const Subject& subject);

}  // namespace early_bind::doctor
