// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// GRUB's own variables, which it loads before the menu (grub.info, "Environment block"), in the
/// file GrubPlace::environment() of the root.

/// The variable that names the profile to boot by default; our part of the menu reads it.
inline constexpr const char* kDefaultVariable = "early_bind_default";
/// The variable that names the entry of the next boot alone; 00_header reads and clears it.
inline constexpr const char* kOnceVariable = "next_entry";

/// What GRUB cannot write to, out of what `grub-probe --target=abstraction` and `--target=fs` say
/// lies below grubenv: the same lists as in 00_header, check_writable(). Empty when it can write.
[[nodiscard]] std::string_view unwritable(std::string_view abstractions, std::string_view fs);

/// Asks grub-probe; can be told on the running system only.
[[nodiscard]] Result<std::string> find_unwritable(const sysfs::Root& root);

/// The variables by grub-editenv(1); none when there is no file.
[[nodiscard]] Result<std::map<std::string, std::string>> read_grub_environment(
    const sysfs::Root& root);

/// Sets a variable, or takes it away when `value` is empty; makes the file when there is none.
[[nodiscard]] Result<void> set_grub_variable(const sysfs::Root& root, const std::string& name,
                                             const std::string& value);

}  // namespace early_bind
