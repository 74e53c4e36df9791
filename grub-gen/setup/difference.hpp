// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::setup {

/// How the configuration would change, for people: the unified diff by diff(1) from the file as it
/// is, or the whole text when there is no file (`before` is nothing).
[[nodiscard]] Result<std::string> difference(const sysfs::Root& root,
                                             const std::optional<std::string>& before,
                                             const std::string& after);

}  // namespace early_bind::setup
