// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// What the distribution's own generators print.
struct DistributionEntries {
    std::string script;                 ///< GRUB script
    std::vector<std::string> warnings;  ///< one sentence for each generator that failed
};

/// Runs the generators of the kernels' entries, every executable etc/grub.d/10_linux* that
/// grub-mkconfig would run (grub-mkconfig_lib, grub_file_is_not_garbage()), in the environment that
/// grub-mkconfig exported to us; flat and without recovery entries. A generator below another root
/// than `/` runs on this system all the same. Each has two minutes.
///
/// GRUB_FORCE_PARTUUID is taken away from them: with it Ubuntu's boots without the initramfs first.
[[nodiscard]] DistributionEntries read_distribution_entries(const sysfs::Root& root);

}  // namespace early_bind
