// SPDX-License-Identifier: MIT
#include "core/pci/identity.hpp"

#include <fmt/core.h>

#include "core/text.hpp"

namespace early_bind::pci {
namespace {

/// `vvvv:dddd`, exactly.
bool parse_pair(std::string_view text, std::uint16_t& first, std::uint16_t& second) {
    if (text.size() != 9 || text[4] != ':') {
        return false;
    }
    const auto one = text::parse_hex<std::uint16_t>(text.substr(0, 4));
    const auto two = text::parse_hex<std::uint16_t>(text.substr(5));
    first = one.value_or(0);
    second = two.value_or(0);
    return one && two;
}

}  // namespace

std::string vendor_device(const Ids& ids) {
    return fmt::format("{:04x}:{:04x}", ids.vendor, ids.device);
}

std::string to_string(const Identity& identity) {
    return fmt::format("{} {:04x}:{:04x} {:04x}:{:04x} {:06x}", identity.location.text(),
                       identity.ids.vendor, identity.ids.device, identity.ids.subsystem_vendor,
                       identity.ids.subsystem_device, identity.class_code.value);
}

std::optional<Identity> parse_identity(std::string_view text) {
    const auto words = text::split(text, ' ');
    if (words.size() != 4 || words[3].size() != 6) {
        return std::nullopt;
    }
    Identity identity;
    const auto location = Location::parse(words[0]);
    const auto class_code = text::parse_hex<std::uint32_t>(words[3]);
    if (!location || !class_code ||
        !parse_pair(words[1], identity.ids.vendor, identity.ids.device) ||
        !parse_pair(words[2], identity.ids.subsystem_vendor, identity.ids.subsystem_device)) {
        return std::nullopt;
    }
    identity.location = *location;
    identity.class_code = ClassCode{*class_code};
    return identity;
}

}  // namespace early_bind::pci
