// SPDX-License-Identifier: MIT
#include "grub-gen/position.hpp"

#include <fmt/core.h>

namespace early_bind {

std::string at_position(const Position& position, std::string_view message) {
    return fmt::format("line {}, column {}: {}", position.line, position.column, message);
}

}  // namespace early_bind
