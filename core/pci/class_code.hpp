// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace early_bind::pci {

/// A PCI class code as sysfs gives it: base class, sub-class and programming interface in one
/// 24-bit number (PCI Code and ID Assignment Specification; include/linux/pci_ids.h).
struct ClassCode {
    std::uint32_t value = 0;

    bool operator==(const ClassCode&) const = default;

    /// Base class, e.g. 0x03.
    [[nodiscard]] constexpr std::uint32_t base() const { return value >> 16; }
    /// Base class and sub-class, e.g. 0x0300.
    [[nodiscard]] constexpr std::uint32_t sub() const { return value >> 8; }

    /// VGA, XGA, 3D and other display controllers.
    [[nodiscard]] constexpr bool is_display() const { return base() == 0x03; }
    [[nodiscard]] constexpr bool is_audio() const { return sub() == 0x0403; }
    [[nodiscard]] constexpr bool is_usb() const { return sub() == 0x0c03; }
    /// "Serial bus controller, other": NVIDIA's UCSI (USB-C) function.
    [[nodiscard]] constexpr bool is_serial_bus() const { return sub() == 0x0c80; }
    [[nodiscard]] constexpr bool is_storage() const { return base() == 0x01; }
    [[nodiscard]] constexpr bool is_network() const { return base() == 0x02; }
    [[nodiscard]] constexpr bool is_host_bridge() const { return sub() == 0x0600; }
    /// Classes whose functions have header type 1 or 2: PCI-to-PCI, CardBus, semi-transparent
    /// bridges and InfiniBand-to-PCI bridges (PCI-to-PCI Bridge Architecture Specification 3.2).
    [[nodiscard]] constexpr bool is_pci_bridge() const {
        return sub() == 0x0604 || sub() == 0x0607 || sub() == 0x0609;
    }
};

}  // namespace early_bind::pci
