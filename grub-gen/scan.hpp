// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "grub-gen/machine.hpp"

namespace early_bind {

/// The machine's GPUs and profiles as text for people.
[[nodiscard]] std::string render_scan(const Machine& machine);

/// The same as JSON, schema 1; docs/JSON.md describes it.
[[nodiscard]] std::string render_scan_json(const Machine& machine);

}  // namespace early_bind
