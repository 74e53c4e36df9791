// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "grub-gen/loader/bls_file.hpp"

namespace early_bind {

/// Compares two versions as systemd-boot does (src/fundamental/string-util-fundamental.c,
/// strverscmp_improved()): below zero when `a` is older. Bytes that are neither letters, digits nor
/// one of "~-^." only part what stands around them.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b);

/// Whether systemd-boot shows the entry `a` before `b` (src/boot/boot.c, boot_entry_compare()):
/// those whose tries are used up come last, those with a sort-key before those without; the former
/// by sort-key, machine-id and version, newest first, and all by name, highest first. The first one
/// boots where no default is set.
[[nodiscard]] bool is_shown_before(const BlsFile& a, const BlsFile& b);

/// Whether a pattern of systemd-boot matches a name (efi_fnmatch()): "*", "?", "[...]" and a
/// backslash before what is meant as written. Neither case of letters counts.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace early_bind
