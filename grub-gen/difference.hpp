// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// How a file of the root would change, for people: the unified diff by diff(1) from the file as it
/// is, or from nothing when there is none, to `after`, which is what `command` of grub-gen would
/// write. Empty: no change. Errors say what diff(1) said.
[[nodiscard]] Result<std::string> difference(const sysfs::Root& root, const std::string& path,
                                             const std::string& after, const std::string& command);

}  // namespace early_bind
