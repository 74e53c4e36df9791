// SPDX-License-Identifier: MIT
#include "core/pci/location.hpp"

#include "core/pci/address.hpp"
#include "core/text.hpp"

namespace early_bind::pci {
namespace {

/// `pciDDDD:BB`, the directory of a root bus (drivers/pci/probe.c, pci_register_host_bridge()).
bool is_root_bus(std::string_view name) {
    if (!name.starts_with("pci")) {
        return false;
    }
    name.remove_prefix(3);
    return parse_address(std::string(name) + ":00.0").has_value();
}

/// `DD.F`, one hop of a written location.
bool is_hop(std::string_view name) {
    return parse_address("0000:00:" + std::string(name)).has_value();
}

}  // namespace

std::optional<Location> Location::from_device_path(std::string_view path) {
    std::string text;
    for (const auto name : text::split(path, '/')) {
        if (is_root_bus(name)) {
            text += text.empty() ? "" : "/";
            text += name;
        } else if (!text.empty()) {
            if (!parse_address(name)) {
                return std::nullopt;
            }
            text += '/';
            text += name.substr(name.size() - 4);  // device.function, the bus number dropped
        }
    }
    return parse(text);
}

std::optional<Location> Location::parse(std::string_view text) {
    const auto names = text::split(text, '/');
    if (!is_root_bus(names.front()) || !is_hop(names.back())) {
        return std::nullopt;
    }
    for (const auto name : names) {
        if (!is_root_bus(name) && !is_hop(name)) {
            return std::nullopt;
        }
    }
    return Location(std::string(text));
}

Location Location::parent() const {
    auto end = text_.rfind('/');
    if (end == std::string::npos) {
        return {};
    }
    std::string above = text_.substr(0, end);
    // Above a nested root bus stands the function that it hangs below.
    const auto last = above.rfind('/');
    const std::string_view name =
        std::string_view(above).substr(last == std::string::npos ? 0 : last + 1);
    if (is_root_bus(name)) {
        above = last == std::string::npos ? "" : above.substr(0, last);
    }
    return Location(std::move(above));
}

bool Location::is_below(const Location& bridge) const {
    return !bridge.empty() && text_.size() > bridge.text_.size() &&
           text_.starts_with(bridge.text_) && text_[bridge.text_.size()] == '/';
}

}  // namespace early_bind::pci
