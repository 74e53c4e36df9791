// SPDX-License-Identifier: MIT
#pragma once

#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Where the running system finds the zram to set up, relative to the root: "MEBIBYTES [ALGORITHM]"
/// for our own unit, and a drop-in for systemd-zram-generator (zram-generator.conf(5)), which wins
/// over others by its name.
inline constexpr const char* kZramPath = "run/early-bind/zram";
inline constexpr const char* kZramDropIn = "run/systemd/zram-generator.conf.d/zz-early-bind.conf";

/// Asks the running system for zram.
[[nodiscard]] Result<void> ask_for_zram(const sysfs::Root& root, const Zram& zram);

}  // namespace early_bind
