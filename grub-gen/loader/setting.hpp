// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace early_bind {

/// The value of a key in lines KEY=VALUE as os-release(5) and install.conf have them, without
/// quotes around it: the last such line counts, lines that begin with # do not. Nothing when there
/// is none.
[[nodiscard]] std::optional<std::string> find_setting(std::string_view text, std::string_view key);

}  // namespace early_bind
