// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// A menu entry of the distribution that boots a kernel with an initramfs.
struct MenuEntry {
    std::string title;    ///< without its quotes
    std::string options;  ///< as written: --class, --users, --unrestricted; no --id, no --hotkey
    std::string id;       ///< without its quotes, empty for none

    /// What stands between the braces, as written but for a `savedefault` line, cut at each place
    /// where more kernel arguments belong: behind the last argument of every linux line, or before
    /// ` -- `, which ends the kernel's part. At least two pieces.
    std::vector<std::string> body;

    std::string kernel_file;     ///< as on the linux line: "/boot/vmlinuz-6.1.0-9-amd64"
    std::string kernel_version;  ///< "6.1.0-9-amd64": the file's name without what marks a kernel
    std::vector<std::string> arguments;  ///< of the first linux line, without quotes
};

/// The kernels' entries of a menu in their order, and one sentence for each that was left out.
struct ParsedMenu {
    std::vector<MenuEntry> entries;
    std::vector<std::string> warnings;
};

/// Reads the GRUB script that a distribution's 10_linux prints. Entries inside of sub-menus count,
/// but for the snapshots in Ubuntu's ZFS history; functions and other commands are skipped. Entries
/// that boot no kernel (Xen, firmware set-up) are skipped without a warning, kernels that could not
/// be understood or that have no initramfs to run early-bind in with one.
[[nodiscard]] ParsedMenu parse_menu(std::string_view text);

/// Reads a script of entries whose kernel has the version `version` where its file's name does not
/// tell.
[[nodiscard]] ParsedMenu parse_menu(std::string_view text, std::string_view version);

}  // namespace early_bind
