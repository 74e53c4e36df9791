// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "host/display/display.hpp"

namespace early_bind::display {

/// The GPUs of the machine in bus order, as they are now. Fails when the PCI devices cannot be
/// listed; a boot table that is missing or damaged costs the knowledge of what the layout keeps.
[[nodiscard]] Result<std::vector<DisplayGpu>> read_gpus(const sysfs::Root& root);

/// The same once every GPU of the host has its DRM node, management controllers left out, or
/// `limit` is over: drivers load while the boot goes on. Does not wait when no GPU is passed.
[[nodiscard]] Result<std::vector<DisplayGpu>> await_gpus(const sysfs::Root& root,
                                                         std::chrono::milliseconds limit);

}  // namespace early_bind::display
