// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {

/// Writes the boot table for the machine, rebuilds the initramfs of every kernel and regenerates
/// the menu through the distribution's own commands. When the initramfs cannot be rebuilt, the
/// former table is put back, so that table and images stay in step.
[[nodiscard]] Result<void> apply(const sysfs::Root& root, const Machine& machine,
                                 Progress progress);

/// What apply() would change, as unified diffs; changes nothing. Empty when nothing would change.
[[nodiscard]] Result<std::string> preview(const sysfs::Root& root, const Machine& machine);

/// Brings the menu in step with the kernels that are installed now; images stay as they are. Where
/// nothing was applied it does and says nothing. What the kernel-install plug-in runs.
[[nodiscard]] Result<void> refresh(const sysfs::Root& root, Progress progress);

/// Undoes apply(): no table, an initramfs without us, no entries of ours in the menu. The
/// configuration file is the user's and stays.
[[nodiscard]] Result<void> uninstall(const sysfs::Root& root, Progress progress);

}  // namespace early_bind
