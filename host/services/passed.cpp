// SPDX-License-Identifier: MIT
#include "host/services/passed.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/sysfs/files.hpp"
#include "grub-gen/host_files.hpp"

namespace early_bind::services {

const std::vector<Maker>& makers() {
    static const std::vector<Maker> all = {
        {"amd", "AMD", 0x1002}, {"intel", "Intel", 0x8086}, {"nvidia", "NVIDIA", 0x10de}};
    return all;
}

const Maker* find_maker(std::string_view name) {
    const auto found = std::find_if(makers().begin(), makers().end(),
                                    [name](const Maker& maker) { return maker.name == name; });
    return found == makers().end() ? nullptr : &*found;
}

std::vector<std::string> passed_makers(const pci::Inventory& inventory,
                                       const std::vector<pci::Gpu>& gpus) {
    std::vector<std::string> passed;
    for (const auto& maker : makers()) {
        std::size_t all = 0;
        std::size_t gone = 0;
        for (const auto& gpu : gpus) {
            const auto* function = inventory.find(gpu.address);
            if (function->identity.ids.vendor == maker.vendor) {
                ++all;
                gone += function->driver == "vfio-pci" ? 1U : 0U;
            }
        }
        if (all > 0 && all == gone) {
            passed.emplace_back(maker.name);
        }
    }
    return passed;
}

std::string passed_path(std::string_view maker) {
    return fmt::format("{}/{}", host_files::kPassed, maker);
}

Result<void> mark_passed(const sysfs::Root& root) {
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return tl::unexpected(inventory.error());
    }
    const auto passed = passed_makers(*inventory, pci::find_gpus(*inventory));
    for (const auto& maker : makers()) {
        const auto path = passed_path(maker.name);
        const bool gone = std::find(passed.begin(), passed.end(), maker.name) != passed.end();
        const auto text = fmt::format("Every {} GPU goes to virtual machines.\n", maker.title);
        if (auto done = gone ? sysfs::replace_file(root, path, text) : sysfs::remove(root, path);
            !done) {
            return done;
        }
    }
    return {};
}

}  // namespace early_bind::services
