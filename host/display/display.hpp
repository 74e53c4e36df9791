// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/pci/gpu.hpp"

namespace early_bind::display {

/// A GPU as a desktop sees it in this boot.
struct DisplayGpu {
    pci::Address address;
    std::string name;  ///< for people
    pci::Role role = pci::Role::discrete;
    std::string driver;                 ///< of the display function, empty for none
    bool boot_display = false;          ///< the firmware's display
    bool chosen = false;                ///< the layout of this boot is there to keep it
    std::string card;                   ///< its node in /dev/dri, "card1"; empty for none yet
    std::string render;                 ///< "renderD129"; empty for none
    std::vector<std::string> monitors;  ///< connectors with a monitor, "DP-1"

    /// It has gone to a virtual machine.
    [[nodiscard]] bool is_passed() const { return driver == "vfio-pci"; }
};

/// Which GPU the desktop is to use, and why.
struct Primary {
    std::size_t index = 0;  ///< of the GPUs
    std::string why;        ///< "a monitor is connected to it"
};

/// The GPU of the host that comes first by: it has a driver; the layout keeps it; it is no
/// management controller's; a monitor is connected; the firmware's display; its address. Nothing
/// when every GPU is passed.
[[nodiscard]] std::optional<Primary> find_primary(const std::vector<DisplayGpu>& gpus);

/// The GPUs that the host has for display, as indices: the primary first, then in bus order.
[[nodiscard]] std::vector<std::size_t> host_gpus(const std::vector<DisplayGpu>& gpus);

/// Whether a desktop has to be told anything: a GPU was passed and one is left. Else the desktop
/// finds what it would find without us.
[[nodiscard]] bool is_needed(const std::vector<DisplayGpu>& gpus);

}  // namespace early_bind::display
