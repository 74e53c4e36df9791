// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "grub-gen/grub_script.hpp"
#include "grub-gen/loader/entry_set.hpp"

namespace early_bind {

/// The id of our sub-menu: `grub-reboot 'early-bind>early-bind-PROFILE-KERNEL'`.
inline constexpr const char* kSubmenuId = "early-bind";

struct Menu {
    std::string text;          ///< empty when there is nothing to show
    std::string default_text;  ///< what stands behind it, and makes the default by our variable
    std::vector<std::string> warnings;  ///< one sentence for each entry left out
};

/// Only the first entry of each kernel version: those behind it start other init programs.
[[nodiscard]] std::vector<MenuEntry> first_of_each_kernel(std::vector<MenuEntry> entries);

/// The sub-menu with all layouts in the given order, none in a sub-menu of its own, so that one
/// path form serves them all. A layout has its stock entry's options and body, its own title and
/// id, and its arguments behind the stock ones. One whose command line would be longer than
/// kCommandLineLimit is left out. The default is the first layout of the profile that
/// kDefaultVariable names. `stock` is what the layouts' indices point into.
[[nodiscard]] Menu render_menu(const std::vector<MenuEntry>& stock,
                               const std::vector<Layout>& layouts);

}  // namespace early_bind
