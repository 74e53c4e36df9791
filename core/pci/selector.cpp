// SPDX-License-Identifier: MIT
#include "core/pci/selector.hpp"

#include <string>

#include "core/text.hpp"

namespace early_bind::pci {
namespace {

struct Model {
    std::uint16_t vendor;
    std::uint16_t device;
};

/// `10de:2684`: four digits each, so that nothing else can look like it.
std::optional<Model> parse_model(std::string_view text) {
    if (text.size() != 9 || text[4] != ':') {
        return std::nullopt;
    }
    const auto vendor = text::parse_hex<std::uint16_t>(text.substr(0, 4));
    const auto device = text::parse_hex<std::uint16_t>(text.substr(5));
    if (!vendor || !device) {
        return std::nullopt;
    }
    return Model{*vendor, *device};
}

}  // namespace

std::optional<std::vector<Address>> select(std::string_view selector, const Inventory& inventory) {
    const std::string text = text::lower_case(text::trim(selector));
    auto address = parse_address(text);
    if (!address) {
        address = parse_address("0000:" + text);
    }
    const auto model = parse_model(text);
    const auto location = Location::parse(text);
    if (!address && !model && !location) {
        return std::nullopt;
    }
    std::vector<Address> matches;
    for (const auto& function : inventory.functions()) {
        const auto& ids = function.identity.ids;
        if ((address && function.address == *address) ||
            (model && ids.vendor == model->vendor && ids.device == model->device) ||
            (location && function.identity.location == *location)) {
            matches.push_back(function.address);
        }
    }
    return matches;
}

}  // namespace early_bind::pci
