// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

/// Makes a profile the choice of the next boot alone, through the boot loader, and remembers
/// that it was to be booted. Returns the sentence to say. Refused where the loader cannot take the
/// choice back: it would boot the entry for ever.
[[nodiscard]] Result<std::string> boot_once(const sysfs::Root& root, const Machine& machine,
                                            const std::string& profile);

/// Makes a profile, or the stock entry, what boots when nobody chooses. Only a profile that came to
/// the end of a boot can be it, and one that leaves no display only when `headless` says so.
/// Returns the sentence to say.
[[nodiscard]] Result<std::string> set_default(const sysfs::Root& root, const Machine& machine,
                                              const std::string& profile, bool headless);

/// The profile that boots by default, or kStock.
[[nodiscard]] Result<std::string> current_default(const sysfs::Root& root);

/// Takes back whatever was chosen.
[[nodiscard]] Result<void> forget_choices(const sysfs::Root& root);

}  // namespace early_bind
