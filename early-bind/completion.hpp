// SPDX-License-Identifier: MIT
#pragma once

#include "core/pci/inventory.hpp"
#include "core/plan/plan.hpp"
#include "early-bind/report.hpp"

namespace early_bind {

/// The plan that finishes a deferred boot in the running system: the functions that wait for
/// vfio-pci, in the groups they are in now. A function that is gone, or that a driver has which
/// must not be unbound, is left out with a reason.
[[nodiscard]] Plan completion(const Report& deferred, const pci::Inventory& inventory);

/// The report of the whole boot: what was deferred, with what came of it in `completed`.
[[nodiscard]] Report merged(const Report& deferred, const Report& completed);

}  // namespace early_bind
