// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "core/plan/plan.hpp"
#include "core/sysfs/writer.hpp"
#include "early-bind/module_loader.hpp"

namespace early_bind {

/// What became of one action of a plan. Plain data: it lives in memory that the acting child
/// shares with its parent, so that the parent knows how far a stuck child came.
struct StepResult {
    enum class State : std::uint8_t {
        untried,  ///< not reached, or not needed
        running,  ///< entered, not returned yet
        done,
        failed,  ///< `error` says why
        absent,  ///< load_module only: neither the image nor the kernel has vfio-pci
    };
    State state = State::untried;
    int error = 0;  ///< errno of the failed write; 0 when the kernel gave none
    /// Zero-terminated. load_module: the loader's own words. A write of an attribute: what the
    /// attribute said before, so that it can be given back.
    std::array<char, 256> text{};
};

/// Carries the plan out, unit by unit: each unit ends wholly on vfio-pci or wholly as if never
/// touched. When the image has no vfio-pci, the overrides are set and nothing is bound (deferred):
/// they keep every other driver off until the running system loads it. `results` has one element
/// per action of the plan.
void execute(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
             std::span<StepResult> results);

/// Takes back what was done to the unit whose step is still `running`: for when execute() is stuck
/// in the kernel and was given up. The stuck function comes last, after `wait` has returned: as
/// long as the kernel has it between two drivers, a probe for another one does nothing. Nothing to
/// do when no step of a unit is running.
void undo_stuck(const Plan& plan, sysfs::Writer& writer, std::span<const StepResult> results,
                const std::function<void()>& wait);

}  // namespace early_bind
