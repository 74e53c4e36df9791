// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind::pci {

/// The address of one PCI function, written DDDD:BB:DD.F in lower case hexadecimal as the kernel
/// does (include/linux/pci.h, pci_name()). The domain has four to eight digits: Intel VMD numbers
/// its domains from 0x10000.
struct Address {
    std::uint32_t domain = 0;
    std::uint8_t bus = 0;
    std::uint8_t device = 0;    ///< 0 to 0x1f
    std::uint8_t function = 0;  ///< 0 to 7

    auto operator<=>(const Address&) const = default;

    /// Same domain, bus and device: the functions of one slot.
    [[nodiscard]] bool same_slot(const Address& other) const {
        return domain == other.domain && bus == other.bus && device == other.device;
    }
};

/// Parses exactly `^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$`; nothing else is an address.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

[[nodiscard]] std::string to_string(const Address& address);

/// "0000:01:00.0, 0000:01:00.1 and 0000:02:00.0", for sentences.
[[nodiscard]] std::string in_words(const std::vector<Address>& addresses);

}  // namespace early_bind::pci
