// SPDX-License-Identifier: MIT
#include "early-bind/completion.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace early_bind {

Plan completion(const Report& deferred, const pci::Inventory& inventory) {
    Plan plan;
    plan.profile = deferred.profile;
    std::map<int, Unit> units;
    for (const auto& waiting : deferred.functions) {
        if (waiting.code != Code::deferred) {
            continue;
        }
        const auto address = to_string(waiting.address);
        const auto* live = inventory.find(waiting.address);
        if (live == nullptr || !live->identity.same_kind(waiting.identity)) {
            plan.reasons.push_back(
                {Code::missing,
                 fmt::format("{} waited for vfio-pci and is not there any more", address),
                 {waiting.address}});
            continue;
        }
        if (!live->driver.empty() && live->driver != "vfio-pci" && !may_unbind(live->driver)) {
            plan.reasons.push_back(
                {Code::lost_since,
                 fmt::format("{} waited for vfio-pci and is on {} now", address, live->driver),
                 {waiting.address}});
            continue;
        }
        auto& unit = units[live->group.value_or(-1)];
        unit.group = live->group.value_or(-1);
        unit.targets.push_back(
            {waiting.address, waiting.identity, waiting.address_then, live->driver});
    }
    for (auto& [group, unit] : units) {
        plan.units.push_back(std::move(unit));
    }
    add_actions(plan);
    return plan;
}

Report merged(const Report& deferred, const Report& completed) {
    Report whole = deferred;
    std::erase_if(whole.reasons,
                  [](const Reason& reason) { return reason.code == Code::deferred; });
    whole.reasons.insert(whole.reasons.end(), completed.reasons.begin(), completed.reasons.end());
    whole.outcome = completed.outcome;
    for (auto& function : whole.functions) {
        const auto found = std::find_if(
            completed.functions.begin(), completed.functions.end(),
            [&function](const FunctionReport& f) { return f.address == function.address; });
        if (found != completed.functions.end()) {
            function.driver_after = found->driver_after;
            function.code = found->code;
        } else if (function.code == Code::deferred || function.code == Code::too_late) {
            whole.outcome = Outcome::partial;
        }
    }
    return whole;
}

}  // namespace early_bind
