// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/plan/reason.hpp"
#include "core/sysfs/root.hpp"
#include "early-bind/report.hpp"
#include "grub-gen/root_command.hpp"
#include "host/runtime/change.hpp"

namespace early_bind {

/// What became of a change.
struct Outcomes {
    bool done = false;                      ///< all of it
    bool touched = false;                   ///< whether anything was
    std::vector<FunctionReport> functions;  ///< that were to go to vfio-pci
    std::vector<pci::Address> given_back;
    std::vector<Reason> reasons;
};

/// Carries a change out that no guard refused, in the running system: stops the display manager
/// when `stop_display_manager` says so and waits until nobody uses the devices, gives back, binds,
/// writes the report, and starts the display manager again when the host has a GPU. Each part runs
/// in a child process with a deadline, since the kernel may not come back from taking a device from
/// a GPU driver. `command` is what was typed, for the report; `progress` hears of what takes long.
[[nodiscard]] Outcomes carry_out(const sysfs::Root& root, const Situation& situation,
                                 const Change& change, bool stop_display_manager,
                                 const std::string& command, Progress progress);

}  // namespace early_bind
