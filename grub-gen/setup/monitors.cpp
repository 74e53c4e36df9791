// SPDX-License-Identifier: MIT
#include "grub-gen/setup/monitors.hpp"

#include <optional>

#include "core/text.hpp"

namespace early_bind::setup {
namespace {

/// The last PCI function in the path of a link.
std::optional<pci::Address> owner(const sysfs::Root& root, const std::string& path) {
    std::optional<pci::Address> last;
    const auto link = root.read_link(path);
    for (const auto name : text::split(link ? std::string_view(*link) : "", '/')) {
        if (const auto address = pci::parse_address(name)) {
            last = address;
        }
    }
    return last;
}

}  // namespace

Monitors read_monitors(const sysfs::Root& root) {
    const std::string screens = "sys/class/drm/";
    Monitors monitors;
    for (const auto& name : root.list(screens).value_or(std::vector<std::string>())) {
        const auto dash = name.find('-');  // card0-HDMI-A-1
        if (!name.starts_with("card") || dash == std::string::npos) {
            continue;
        }
        const auto status = root.read(screens + name + "/status").value_or("");
        const auto address = owner(root, screens + name);
        if (address && text::trim(status) == "connected") {
            monitors[*address].push_back(text::printable(name.substr(dash + 1)));
        }
    }
    return monitors;
}

}  // namespace early_bind::setup
