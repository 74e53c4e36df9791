// SPDX-License-Identifier: MIT
#include "host/display/nodes.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "core/text.hpp"

namespace early_bind::display {
namespace {

/// The PCI function that ".../0000:01:00.0/drm/card0" says. Only virtio may stand in between
/// (drivers/gpu/drm/virtio/virtgpu_drv.c): anything else is a platform device.
std::optional<pci::Address> owner(std::string_view link) {
    std::optional<pci::Address> last;
    for (const auto name : text::split(link, '/')) {
        if (name == "drm") {
            return last;
        }
        if (const auto address = pci::parse_address(name)) {
            last = address;
        } else if (!name.starts_with("virtio")) {
            last.reset();
        }
    }
    return std::nullopt;
}

}  // namespace

std::map<pci::Address, Nodes> read_nodes(const sysfs::Root& root) {
    const std::string directory = "sys/class/drm";
    std::map<pci::Address, Nodes> nodes;
    for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
        const bool card = name.starts_with("card") && name.find('-') == std::string::npos;
        if (!card && !name.starts_with("renderD")) {
            continue;  // a connector, "version"
        }
        const auto link = root.read_link(directory + "/" + name);
        if (const auto address = owner(link ? std::string_view(*link) : "")) {
            (card ? nodes[*address].card : nodes[*address].render) = name;
        }
    }
    return nodes;
}

}  // namespace early_bind::display
