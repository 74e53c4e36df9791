// SPDX-License-Identifier: MIT
#pragma once

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// The work of the initramfs: command line, table, inventory, plan, act, read back, report. Never
/// fails: on any doubt nothing is bound and the log and the report say why. Without a token and
/// without a static set it writes nothing and says nothing. Where this boot has a report already,
/// it does nothing: an image may run it by a unit and by a hook.
void boot(const sysfs::Root& root);

/// The same at the start of the running system, for a boot whose initramfs did not run boot() and
/// so left no report: only devices without a driver are bound, and no screen is released. Does
/// nothing after any other boot.
void late(const sysfs::Root& root);

/// The work of the running system after a boot whose initramfs had no vfio-pci: loads it, binds
/// what waits for it, and rewrites the report. Nothing to do after any other boot.
[[nodiscard]] Result<void> complete(const sysfs::Root& root);

/// Records that the profile of this boot came to the end of the boot: only such a profile may be
/// the menu's default. Nothing to record without a profile, or when the boot was not as asked for.
[[nodiscard]] Result<void> confirm(const sysfs::Root& root);

}  // namespace early_bind
