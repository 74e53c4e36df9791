// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::pci {

/// A framebuffer that the firmware set up and that a generic driver (simpledrm, efifb, vesafb)
/// holds: a platform device, made by drivers/firmware/sysfb.c.
struct Framebuffer {
    std::string device;            ///< "simple-framebuffer.0"
    std::string driver;            ///< "simple-framebuffer", "efi-framebuffer", "vesa-framebuffer"
    std::optional<Address> owner;  ///< the PCI function in whose memory it lies, where known
};

/// The framebuffers that have a driver now. The owner is the PCI function that the platform device
/// hangs below (since Linux 6.9), else the one whose memory holds it by /proc/iomem.
[[nodiscard]] std::vector<Framebuffer> read_framebuffers(const sysfs::Root& root);

/// The PCI function in whose memory a firmware framebuffer lies according to /proc/iomem: what is
/// claimed stands indented below the one that it lies in.
[[nodiscard]] std::optional<Address> framebuffer_owner(std::string_view iomem);

}  // namespace early_bind::pci
