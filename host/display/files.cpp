// SPDX-License-Identifier: MIT
#include "host/display/files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "grub-gen/host_files.hpp"

namespace early_bind::display {
namespace {

constexpr const char* kHeader = "# Of this boot, by early-bind display.\n";

using Gpus = std::vector<DisplayGpu>;
using Indices = std::vector<std::size_t>;

/// `/dev/dri/by-path/pci-0000:0b:00.0-card` (rules.d/60-drm.rules of systemd).
std::string by_path(const DisplayGpu& gpu, const char* kind) {
    return fmt::format("/dev/dri/by-path/pci-{}-{}", to_string(gpu.address), kind);
}

/// The name of our link to a GPU's card node, the primary's first: it is the same in every boot.
/// The others are named by their address, with nothing in it that ends an element of a list.
std::string card_link(const DisplayGpu& gpu, bool primary) {
    auto name = primary ? std::string("primary") : to_string(gpu.address);
    std::replace(name.begin(), name.end(), ':', '_');
    return fmt::format("{}/{}-card", host_files::kNodes, name);
}

/// A GPU without a driver and a node is not told of to anybody, unless there is no better one.
bool has_node(const DisplayGpu& gpu) {
    return !gpu.card.empty();
}

/// Xorg takes the driver that the modules' own configuration has for the DRM driver (OutputClass).
/// Without a DRM node only NVIDIA's has to be named: it is among the guesses for the boot display
/// alone (hw/xfree86/common/xf86AutoConfig.c).
OwnFile xorg(const Gpus& gpus, const Indices& host) {
    const auto& primary = gpus[host.front()];
    const auto cards = std::count_if(host.begin(), host.end(), [&gpus](std::size_t i) {
        return gpus[i].role != pci::Role::management;
    });
    std::string text = kHeader;
    if (cards <= 1) {
        text += R"(
Section "ServerFlags"
    # A card that a virtual machine gives back stays free.
    Option "AutoAddGPU" "false"
EndSection
)";
    }
    text += fmt::format(R"(
# {}
Section "Device"
    Identifier "early-bind"
    BusID "{}"
)",
                        primary.name, bus_id(primary.address));
    if (primary.driver == "nvidia" && !has_node(primary)) {
        text += "    Driver \"nvidia\"\n";
    }
    return {host_files::kXorg, text + "EndSection\n"};
}

/// The rule holds for a node that is not there yet. mutter reads the tag
/// (src/backends/meta-udev.c).
OwnFile udev(const DisplayGpu& primary) {
    return {host_files::kUdevRules,
            fmt::format("{}ACTION!=\"remove\", SUBSYSTEM==\"drm\", ENV{{DEVTYPE}}==\"drm_minor\", "
                        "KERNEL==\"card[0-9]*\", KERNELS==\"{}\", "
                        "TAG+=\"mutter-device-preferred-primary\"\n",
                        kHeader, to_string(primary.address))};
}

/// A list of nodes that a compositor cuts at colons; `name` makes an element.
template <class Name>
std::string node_list(const Gpus& gpus, const Indices& host, Name name) {
    std::vector<std::string> nodes;
    for (const auto i : host) {
        if (i == host.front() || has_node(gpus[i])) {
            nodes.push_back(name(gpus[i], i == host.front()));
        }
    }
    return fmt::format("{}", fmt::join(nodes, ":"));
}

/// What compositors read of their environment, and that sh can read too:
/// * KWin up to 5.27 misses a monitor that is plugged in when its GPU is named by a link
///   (src/backends/drm/drm_backend.cpp, handleUdevEvent()), so it gets the kernel's names;
/// * wlroots (backend/session/session.c) and Hyprland (aquamarine, src/backend/drm/DRM.cpp) follow
///   links;
/// * cosmic-comp looks a bare name up in /dev/dri (src/utils/env.rs) and takes no path.
OwnFile environment(const Gpus& gpus, const Indices& host) {
    const auto link = [](const DisplayGpu& gpu, bool primary) {
        return "/" + card_link(gpu, primary);
    };
    const auto kernel_name = [&link](const DisplayGpu& gpu, bool primary) {
        return has_node(gpu) ? "/dev/dri/" + gpu.card : link(gpu, primary);
    };
    const auto links = node_list(gpus, host, link);
    std::string text = kHeader;
    text += fmt::format("KWIN_DRM_DEVICES={}\n", node_list(gpus, host, kernel_name));
    text += fmt::format("WLR_DRM_DEVICES={}\nAQ_DRM_DEVICES={}\n", links, links);
    const auto& primary = gpus[host.front()];
    const auto& render = primary.render.empty() ? primary.card : primary.render;
    if (!render.empty()) {
        text += fmt::format("COSMIC_RENDER_DEVICE={}\n", render);
    }
    return {host_files::kEnvironment, text};
}

}  // namespace

std::string bus_id(const pci::Address& address) {
    return fmt::format("PCI:{}@{}:{}:{}", address.bus, address.domain, address.device,
                       address.function);
}

std::vector<OwnFile> make_files(const Gpus& gpus) {
    if (!is_needed(gpus)) {
        return {};
    }
    const auto host = host_gpus(gpus);
    const auto& primary = gpus[host.front()];
    std::vector<OwnFile> files = {xorg(gpus, host), udev(primary), environment(gpus, host)};
    for (const auto i : host) {
        if (i == host.front() || has_node(gpus[i])) {
            files.push_back(
                {card_link(gpus[i], i == host.front()), by_path(gpus[i], "card"), true});
        }
    }
    files.push_back(
        {fmt::format("{}/primary-render", host_files::kNodes), by_path(primary, "render"), true});
    return files;
}

}  // namespace early_bind::display
