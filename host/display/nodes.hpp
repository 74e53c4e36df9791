// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "core/pci/address.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::display {

/// The DRM nodes of a display function.
struct Nodes {
    std::string card;    ///< "card1", empty for none
    std::string render;  ///< "renderD129", empty for none
};

/// Reads the links in sys/class/drm. What a generic driver shows of the firmware's framebuffer is
/// no node of the GPU, although it may hang below it (since Linux 6.9).
[[nodiscard]] std::map<pci::Address, Nodes> read_nodes(const sysfs::Root& root);

}  // namespace early_bind::display
