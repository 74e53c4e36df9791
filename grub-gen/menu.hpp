// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "grub-gen/grub_script.hpp"

namespace early_bind {

/// The id of our sub-menu: `grub-reboot 'early-bind>early-bind-PROFILE-KERNEL'`.
inline constexpr const char* kSubmenuId = "early-bind";

/// The id of a profile's entry for a kernel.
[[nodiscard]] std::string entry_id(std::string_view profile, std::string_view kernel);

/// The longest command line that the kernel takes: COMMAND_LINE_SIZE (2048 on x86 and arm64) less
/// the zero byte at its end.
inline constexpr std::size_t kCommandLineLimit = 2047;

/// One entry to make: a profile on a kernel.
struct LayoutEntry {
    const MenuEntry* stock = nullptr;  ///< never null
    std::string profile;
    std::string title;                   ///< without the kernel's name
    std::vector<std::string> arguments;  ///< to append, none of which argument_mistake() refuses
};

struct Menu {
    std::string text;          ///< empty when there is nothing to show
    std::string default_text;  ///< what stands behind it, and makes the default by our variable
    std::vector<std::string> warnings;  ///< one sentence for each entry left out
};

/// Only the first entry of each kernel version: those behind it start other init programs.
[[nodiscard]] std::vector<MenuEntry> first_of_each_kernel(std::vector<MenuEntry> entries);

/// The sub-menu with all entries in the given order, none in a sub-menu of its own, so that one
/// path form serves them all. An entry has the stock entry's options and body, a new title and id,
/// and the arguments behind the stock ones. Titles name the kernel, but for those of the first
/// entry's kernel, which is the newest. An entry whose command line would be longer than
/// kCommandLineLimit is left out. The default is the first entry of the profile that
/// kDefaultVariable names.
[[nodiscard]] Menu render_menu(const std::vector<LayoutEntry>& entries);

}  // namespace early_bind
