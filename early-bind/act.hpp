// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "core/plan/plan.hpp"
#include "core/sysfs/writer.hpp"
#include "early-bind/module_loader.hpp"
#include "early-bind/report.hpp"

namespace early_bind {

/// Carries a plan out in a child process and adds to the report what became of each function. This
/// comes back within `limit` whatever the kernel does: the steps get four fifths of it, and when
/// one of them is stuck, its unit is taken back in the rest, or as soon as the kernel lets go.
void act(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
         std::chrono::milliseconds limit, Report& report);

}  // namespace early_bind
