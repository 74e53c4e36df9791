// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// The variables that a boot loader and the system share (the Boot Loader Interface of systemd).
inline constexpr const char* kLoaderInfo = "LoaderInfo";  ///< "systemd-boot 257.9": who booted
inline constexpr const char* kLoaderDefault = "LoaderEntryDefault";
inline constexpr const char* kLoaderOnce = "LoaderEntryOneShot";
inline constexpr const char* kLoaderTimeout = "LoaderConfigTimeout";

/// The text of such a variable; empty when there is none, as in a system that was not booted by
/// UEFI. What is not ASCII is a question mark: no name of an entry has anything else.
[[nodiscard]] std::string read_loader_variable(const sysfs::Root& root, std::string_view name);

}  // namespace early_bind
