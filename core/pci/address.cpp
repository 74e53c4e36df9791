// SPDX-License-Identifier: MIT
#include "core/pci/address.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace early_bind::pci {

std::optional<Address> parse_address(std::string_view text) {
    // ":BB:DD.F" has eight characters, so the length says how many the domain has.
    if (text.size() < 12 || text.size() > 16) {
        return std::nullopt;
    }
    const std::size_t colon = text.size() - 8;
    if (text[colon] != ':' || text[colon + 3] != ':' || text[colon + 6] != '.') {
        return std::nullopt;
    }
    if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) {
        return std::nullopt;
    }
    const auto domain = text::parse_hex<std::uint32_t>(text.substr(0, colon));
    const auto bus = text::parse_hex<std::uint8_t>(text.substr(colon + 1, 2));
    const auto device = text::parse_hex<std::uint8_t>(text.substr(colon + 4, 2));
    const auto function = text::parse_hex<std::uint8_t>(text.substr(colon + 7, 1));
    if (!domain || !bus || !device || !function || *device > 0x1f || *function > 7) {
        return std::nullopt;
    }
    return Address{*domain, *bus, *device, *function};
}

std::string to_string(const Address& address) {
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.domain, address.bus, address.device,
                       address.function);
}

std::string in_words(const std::vector<Address>& addresses) {
    std::vector<std::string> texts;
    texts.reserve(addresses.size());
    for (const auto& address : addresses) {
        texts.push_back(to_string(address));
    }
    return text::join_words(texts);
}

}  // namespace early_bind::pci
