// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::services {

/// Who makes GPUs, as a word.
struct Maker {
    std::string_view name;     ///< "nvidia"
    std::string_view title;    ///< "NVIDIA"
    std::uint16_t vendor = 0;  ///< PCI vendor id
};

/// The makers that a service can depend on.
[[nodiscard]] const std::vector<Maker>& makers();

/// The maker of this name; null when there is none.
[[nodiscard]] const Maker* find_maker(std::string_view name);

/// The names of the makers all of whose GPUs are on vfio-pci, of those that have one here.
[[nodiscard]] std::vector<std::string> passed_makers(const pci::Inventory& inventory,
                                                     const std::vector<pci::Gpu>& gpus);

/// The file that says so to systemd, relative to the root: it is there when the host has none.
[[nodiscard]] std::string passed_path(std::string_view maker);

/// Brings those files in step with the drivers as they are now.
[[nodiscard]] Result<void> mark_passed(const sysfs::Root& root);

}  // namespace early_bind::services
