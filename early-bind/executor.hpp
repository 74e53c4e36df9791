// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
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
    int error = 0;                   ///< errno of the failed write; 0 when the kernel gave none
    std::array<char, 256> detail{};  ///< load_module only: the loader's own words, zero-terminated
};

/// Carries the plan out, unit by unit: each unit ends wholly on vfio-pci or wholly as if never
/// touched. When the image has no vfio-pci, the overrides are set and nothing is bound (deferred):
/// they keep every other driver off until the running system loads it. `results` has one element
/// per action of the plan.
void execute(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
             std::span<StepResult> results);

}  // namespace early_bind
