// SPDX-License-Identifier: MIT
#pragma once

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The work of the initramfs: command line, table, inventory, plan, act, read back, report. Never
/// fails: on any doubt nothing is bound and the log and the report say why. Without a token and
/// without a static set it writes nothing and says nothing.
void boot(const sysfs::Root& root);

}  // namespace early_bind
