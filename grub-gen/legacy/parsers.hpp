// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/pci/inventory.hpp"
#include "grub-gen/legacy/finding.hpp"

/// Parsers of the files in which earlier set-ups live. Each takes a file's text and returns what it
/// found there, with everything but the path (and, where the whole file is one finding, its fate).
namespace early_bind::legacy {

using Findings = std::vector<LegacyFinding>;

/// Why words of a shell variable are not edited.
inline constexpr const char* kNotPlain =
    "the value is more than plain words in one line: take it out by hand";

/// One word of a kernel command line; nothing when it is none of ours to judge.
[[nodiscard]] std::optional<LegacyFinding> judge_word(std::string_view word,
                                                      const pci::Inventory& inventory);

/// etc/default/grub and etc/default/grub.d: the GRUB_CMDLINE_LINUX variables.
[[nodiscard]] Findings find_in_grub_defaults(std::string_view text,
                                             const pci::Inventory& inventory);

/// etc/kernel/cmdline, proc/cmdline: nothing but words.
[[nodiscard]] Findings find_in_command_line(std::string_view text, const pci::Inventory& inventory);

/// GRUB script: menu entries.
[[nodiscard]] Findings find_in_grub_script(std::string_view text, const pci::Inventory& inventory);

/// modprobe.d(5).
[[nodiscard]] Findings find_in_modprobe(std::string_view text, const pci::Inventory& inventory);

/// A module in each line: etc/modules, modules-load.d(5), initramfs-tools' modules (with options).
[[nodiscard]] Findings find_in_module_list(std::string_view text, const pci::Inventory& inventory);

/// dracut.conf(5).
[[nodiscard]] Findings find_in_dracut(std::string_view text, const pci::Inventory& inventory);

/// udev rules.
[[nodiscard]] Findings find_in_udev_rules(std::string_view text, const pci::Inventory& inventory);

/// A file of etc/driverctl.d: `name` is the device's address, the text the driver.
[[nodiscard]] std::optional<LegacyFinding> find_in_driverctl(std::string_view name,
                                                             std::string_view text,
                                                             const pci::Inventory& inventory);

/// A script; nothing unless it binds devices by writing to sysfs.
[[nodiscard]] std::optional<LegacyFinding> find_in_script(std::string_view text,
                                                          const pci::Inventory& inventory);

}  // namespace early_bind::legacy
