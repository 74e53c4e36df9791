// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grub-gen/doctor/finding.hpp"
#include "grub-gen/doctor/subject.hpp"

namespace early_bind::doctor {

/// Whether the layouts in a menu are those of the table: its revision in each, one for every
/// profile that has an entry on each of `kernels`, and none for what is not there. `name` is the
/// menu's path for the sentences.
[[nodiscard]] Findings judge_layouts(const std::string& name, const ParsedMenu& menu,
                                     const BootTable& table,
                                     const std::vector<std::string>& kernels);

/// Whether the entries that are none of ours are free of our arguments (early-bind.debug asks for
/// nothing and may stand anywhere).
[[nodiscard]] Findings judge_stock_entries(const std::string& name, const ParsedMenu& menu);

[[nodiscard]] Findings judge_timeout(const std::string& name, const MenuTimeout& timeout);

/// What a text in the form of etc/default/grub hands of ours to every entry: the names of the
/// variables, in their order.
[[nodiscard]] std::vector<std::string> leaking_variables(std::string_view text);

/// The menu: its layouts, its other entries, and whether it can be seen.
[[nodiscard]] Findings check_menu(const Subject& subject);

}  // namespace early_bind::doctor
