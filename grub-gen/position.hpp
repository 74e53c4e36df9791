// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace early_bind {

/// A place in the configuration file, both numbers counted from 1.
struct Position {
    unsigned line = 0;
    unsigned column = 0;
};

/// "line 3, column 1: MESSAGE".
[[nodiscard]] std::string at_position(const Position& position, std::string_view message);

}  // namespace early_bind
