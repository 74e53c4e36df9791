// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"
#include "host/display/files.hpp"

namespace early_bind::display {

/// The GPUs, which one is the desktop's, and the files that follow, for people.
[[nodiscard]] std::string render(const sysfs::Root& root, const std::vector<DisplayGpu>& gpus,
                                 const std::vector<OwnFile>& files);

/// The same as JSON, schema 1; docs/DISPLAY.md describes it.
[[nodiscard]] std::string render_json(const sysfs::Root& root, const std::vector<DisplayGpu>& gpus,
                                      const std::vector<OwnFile>& files);

}  // namespace early_bind::display
