// SPDX-License-Identifier: MIT
#include "core/pci/framebuffer.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace early_bind::pci {
namespace {

constexpr const char* kPlatformDevices = "sys/bus/platform/devices";

/// What claims the memory: drivers/firmware/sysfb_simplefb.c, drivers/video/fbdev/efifb.c and
/// vesafb.c, drivers/gpu/drm/sysfb/ (simpledrm, efidrm, vesadrm).
constexpr std::array<std::string_view, 7> kClaims = {"BOOTFB",    "efifb",  "vesafb", "simplefb",
                                                     "simpledrm", "efidrm", "vesadrm"};

bool is_claim(std::string_view name) {
    return std::find(kClaims.begin(), kClaims.end(), name) != kClaims.end() ||
           name.find("-framebuffer.") != std::string_view::npos;
}

/// The nearest PCI function above the device in its path.
std::optional<Address> parent_function(std::string_view path) {
    const auto names = text::split(path, '/');
    if (names.size() < 2) {
        return std::nullopt;
    }
    return parse_address(names[names.size() - 2]);
}

}  // namespace

std::optional<Address> framebuffer_owner(std::string_view iomem) {
    struct Level {
        std::size_t indent;
        std::optional<Address> function;
    };
    std::vector<Level> above;
    for (const auto line : text::split(iomem, '\n')) {
        const auto indent = line.find_first_not_of(' ');
        const auto colon = line.find(" : ");
        if (indent == std::string_view::npos || colon == std::string_view::npos) {
            continue;
        }
        while (!above.empty() && above.back().indent >= indent) {
            above.pop_back();
        }
        const auto name = text::trim(line.substr(colon + 3));
        if (is_claim(name)) {
            const auto found = std::find_if(above.rbegin(), above.rend(),
                                            [](const Level& level) { return level.function; });
            if (found != above.rend()) {
                return found->function;
            }
        }
        above.push_back({indent, parse_address(name)});
    }
    return std::nullopt;
}

std::vector<Framebuffer> read_framebuffers(const sysfs::Root& root) {
    std::vector<Framebuffer> framebuffers;
    const auto names = root.list(kPlatformDevices);
    if (!names) {
        return framebuffers;
    }
    for (const auto& name : *names) {
        if (name.find("-framebuffer.") == std::string::npos) {
            continue;
        }
        const std::string directory = std::string(kPlatformDevices) + "/" + name;
        const auto driver = root.read_link(directory + "/driver");
        if (!driver) {
            continue;
        }
        Framebuffer framebuffer{name, std::string(sysfs::base_name(*driver)), std::nullopt};
        if (const auto path = root.read_link(directory)) {
            framebuffer.owner = parent_function(*path);
        }
        if (!framebuffer.owner) {
            if (const auto iomem = root.read("proc/iomem")) {
                framebuffer.owner = framebuffer_owner(*iomem);
            }
        }
        framebuffers.push_back(std::move(framebuffer));
    }
    return framebuffers;
}

}  // namespace early_bind::pci
