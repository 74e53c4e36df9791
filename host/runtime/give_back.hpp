// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/plan/reason.hpp"
#include "core/sysfs/writer.hpp"
#include "early-bind/executor.hpp"
#include "host/runtime/change.hpp"

namespace early_bind {

/// The steps for one function, as the dry run prints them.
[[nodiscard]] std::vector<std::string> sentences(const Release& release);

/// Gives functions back: all are taken from vfio-pci, then each is offered to the drivers that are
/// loaded, then udev is told of those that found none, as if they had just been plugged in, so that
/// it loads what the distribution has for them (Documentation/ABI/testing/sysfs-uevent). `settle`
/// waits until udev has done so. `results` has one element for each release: running while it is
/// worked on, done when vfio-pci has let go of it, failed with errno when it has not. May block as
/// long as the kernel does.
void give_back(const std::vector<Release>& releases, sysfs::Writer& writer,
               const std::function<void()>& settle, std::span<StepResult> results);

/// What came of it.
struct GivenBack {
    std::vector<pci::Address> functions;  ///< vfio-pci does not have them any more
    std::vector<Reason> reasons;
};

/// Reads the drivers back. `ended`: give_back() came to its end.
[[nodiscard]] GivenBack read_back(const std::vector<Release>& releases, sysfs::Writer& writer,
                                  std::span<const StepResult> results, bool ended);

}  // namespace early_bind
