// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::host_files {

/// What the commands of the booted system write, so that `grub-gen uninstall` can take it away.
/// Paths are relative to the root. All but the drop-ins is in /run and of one boot.

/// For the X server. The package has a link to it where Xorg looks for configuration; Xorg passes
/// over a link that leads nowhere (hw/xfree86/parser/scan.c, AddConfigDirFiles()).
inline constexpr const char* kXorg = "run/early-bind/xorg.conf";
inline constexpr const char* kXorgLink = "usr/share/X11/xorg.conf.d/20-early-bind.conf";
/// For mutter (udev(7)).
inline constexpr const char* kUdevRules = "run/udev/rules.d/61-early-bind.rules";
/// For the compositors that are told by their environment (environment.d(5)).
inline constexpr const char* kEnvironment = "run/environment.d/10-early-bind.conf";
/// Links to DRM nodes, without colons in their names.
inline constexpr const char* kNodes = "run/early-bind/dri";
/// A file for each maker all of whose GPUs are passed.
inline constexpr const char* kPassed = "run/early-bind/passed";

/// Where the drop-ins of services are: UNIT.d/early-bind.conf (systemd.unit(5)).
inline constexpr const char* kUnits = "etc/systemd/system";
/// The first line of such a drop-in; a file without it is somebody else's.
inline constexpr std::string_view kDropInMark =
    "# Written by early-bind services, which takes it away again with --remove.\n";

/// "etc/systemd/system/UNIT.d/early-bind.conf".
[[nodiscard]] std::string drop_in_path(const std::string& unit);

/// The units that have a drop-in of ours, sorted.
[[nodiscard]] std::vector<std::string> units_with_drop_in(const sysfs::Root& root);

/// These take away and return the paths that were there.
[[nodiscard]] Result<std::vector<std::string>> remove_display(const sysfs::Root& root);
[[nodiscard]] Result<std::vector<std::string>> remove_passed(const sysfs::Root& root);
[[nodiscard]] Result<std::vector<std::string>> remove_drop_ins(
    const sysfs::Root& root, const std::vector<std::string>& units);

/// All of the above.
[[nodiscard]] Result<std::vector<std::string>> remove_all(const sysfs::Root& root);

/// Makes systemd read its units again, where this is the running system and it has systemd.
[[nodiscard]] Result<void> reload_systemd(const sysfs::Root& root);

}  // namespace early_bind::host_files
