// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/pci/address.hpp"
#include "host/display/display.hpp"

namespace early_bind::display {

/// A file of ours as it is to be, its path relative to the root.
struct OwnFile {
    std::string path;
    std::string content;  ///< of a link: where it leads
    bool is_link = false;
};

/// What tells the desktops which GPU is theirs (grub-gen/host_files.hpp has the paths). None when
/// nothing is needed.
[[nodiscard]] std::vector<OwnFile> make_files(const std::vector<DisplayGpu>& gpus);

/// "PCI:11@0:0:0": bus, domain, device, function, decimal (xorg.conf(5); xf86ParsePciBusString() in
/// hw/xfree86/common/xf86pciBus.c).
[[nodiscard]] std::string bus_id(const pci::Address& address);

}  // namespace early_bind::display
