// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/pci/address.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::setup {

/// The connectors with a monitor ("DP-1"), by the display function that has them.
using Monitors = std::map<pci::Address, std::vector<std::string>>;

/// Reads sys/class/drm: a GPU without a display driver has no connectors there.
[[nodiscard]] Monitors read_monitors(const sysfs::Root& root);

}  // namespace early_bind::setup
