// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"
#include "host/services/services.hpp"

namespace early_bind::services {

/// The services, their drop-ins, and what these mean in this boot, for people. `passed` has the
/// makers without a GPU on the host.
[[nodiscard]] std::string render(const sysfs::Root& root, const std::vector<Service>& services,
                                 const std::vector<std::string>& passed);

/// The same as JSON, schema 1; docs/DISPLAY.md describes it.
[[nodiscard]] std::string render_json(const sysfs::Root& root, const std::vector<Service>& services,
                                      const std::vector<std::string>& passed);

}  // namespace early_bind::services
