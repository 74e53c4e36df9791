// SPDX-License-Identifier: MIT
#include "early-bind/act.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "core/pci/inventory.hpp"
#include "early-bind/deadline.hpp"
#include "early-bind/executor.hpp"

namespace early_bind {
namespace {

using State = StepResult::State;

/// What came of the steps, as reasons.
struct Findings {
    std::vector<Reason> failures;  ///< each costs its unit
    std::vector<Reason> others;
    bool deferred = false;
    bool not_loaded = false;
    std::set<std::size_t> incomplete;  ///< units with a step that failed or did not come back
};

Code failure_code(ActionKind kind) {
    switch (kind) {
        case ActionKind::load_module:
            return Code::module_failed;
        case ActionKind::set_override:
            return Code::override_failed;
        case ActionKind::set_d3cold:
            return Code::d3cold_failed;
        case ActionKind::unbind:
            return Code::unbind_failed;
        case ActionKind::release_framebuffer:
            return Code::framebuffer_failed;
        case ActionKind::bind:
            return Code::bind_failed;
        case ActionKind::verify:
            return Code::bound_nothing;
    }
    return Code::internal;
}

std::vector<pci::Address> devices_of(const Plan& plan, const Action& action) {
    if (action.kind == ActionKind::load_module) {
        return {};
    }
    if (action.kind == ActionKind::release_framebuffer) {
        const auto& owner = plan.framebuffers[action.target].owner;
        return owner ? std::vector{*owner} : std::vector<pci::Address>();
    }
    return {plan.units[action.unit].targets[action.target].address};
}

Reason failure(const Plan& plan, const Action& action, const StepResult& result) {
    Reason reason{failure_code(action.kind), {}, devices_of(plan, action)};
    if (action.kind == ActionKind::load_module) {
        reason.text = result.text.data();
    } else {
        reason.text = fmt::format("{}: {}", to_string(plan, action),
                                  result.error != 0 ? std::strerror(result.error)
                                                    : "the kernel reported no error, but vfio-pci "
                                                      "does not hold the device");
    }
    return reason;
}

Findings read_results(const Plan& plan, std::span<const StepResult> results) {
    Findings findings;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& action = plan.actions[i];
        const auto state = results[i].state;
        if (state == State::running) {
            findings.incomplete.insert(action.unit);
        } else if (state == State::absent) {
            findings.deferred = true;
            findings.others.push_back(
                {Code::deferred,
                 "there is no vfio-pci here: the overrides keep other drivers off until the "
                 "running system loads it",
                 {}});
        } else if (state == State::failed) {
            auto reason = failure(plan, action, results[i]);
            findings.not_loaded = findings.not_loaded || reason.code == Code::module_failed;
            const bool costs_its_unit =
                reason.code != Code::d3cold_failed && reason.code != Code::framebuffer_failed;
            if (costs_its_unit) {
                findings.incomplete.insert(action.unit);
            }
            (costs_its_unit ? findings.failures : findings.others).push_back(std::move(reason));
        } else if (state == State::done && action.kind == ActionKind::release_framebuffer) {
            const auto& framebuffer = plan.framebuffers[action.target];
            findings.others.push_back(
                {Code::framebuffer_released,
                 fmt::format("the firmware's screen {} of {} was released from {}",
                             framebuffer.device, to_string(*framebuffer.owner), framebuffer.driver),
                 devices_of(plan, action)});
        }
    }
    return findings;
}

/// Turns what the steps and the driver links say into the report's functions and outcome.
/// `cut_short`: why the acting process did not come to its end, `ok` when it did.
void conclude(Report& report, const Plan& plan, const Findings& findings, Code cut_short,
              sysfs::Writer& writer) {
    bool all = true;
    for (std::size_t u = 0; u < plan.units.size(); ++u) {
        const bool waits = findings.deferred && !findings.incomplete.contains(u);
        for (const auto& target : plan.units[u].targets) {
            FunctionReport function{target.address,
                                    target.identity,
                                    target.address_then,
                                    target.driver_before,
                                    writer.driver(pci::device_directory(target.address)),
                                    target.moved ? Code::moved : Code::ok};
            if (function.driver_after != kVfio) {
                const auto own =
                    std::find_if(findings.failures.begin(), findings.failures.end(),
                                 [&target](const Reason& reason) {
                                     return std::count(reason.devices.begin(), reason.devices.end(),
                                                       target.address) > 0;
                                 });
                function.code = own != findings.failures.end() ? own->code
                                : cut_short != Code::ok        ? cut_short
                                : findings.not_loaded          ? Code::module_failed
                                : waits                        ? Code::deferred
                                                               : Code::group_undone;
                all = all && function.code == Code::deferred;
            }
            report.functions.push_back(std::move(function));
        }
    }
    report.reasons.insert(report.reasons.end(), findings.others.begin(), findings.others.end());
    report.reasons.insert(report.reasons.end(), findings.failures.begin(), findings.failures.end());
    report.outcome = !all                ? Outcome::partial
                     : findings.deferred ? Outcome::deferred
                                         : Outcome::done;
}

/// The step that the acting process did not come back from, in words.
std::string stuck_step(const Plan& plan, std::span<const StepResult> results) {
    const auto stuck = std::find_if(results.begin(), results.end(), [](const StepResult& step) {
        return step.state == State::running;
    });
    return stuck == results.end()
               ? std::string("between two steps")
               : to_string(plan, plan.actions[static_cast<std::size_t>(stuck - results.begin())]);
}

}  // namespace

void act(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
         std::chrono::milliseconds limit, Report& report) {
    const auto results = SharedResults::make(plan.actions.size());
    if (!results) {
        report.reasons.push_back({Code::internal, results.error().what, {}});
        report.outcome = Outcome::refused;
        return;
    }
    const auto steps = results->span();
    const auto for_undo = limit / 5;
    const auto for_steps = limit - for_undo;
    LateChild late;
    const auto end = run_with_deadline([&] { execute(plan, writer, loader, steps); }, for_steps,
                                       WhenLate::kill, &late);
    Code cut_short = Code::ok;
    if (!end) {
        cut_short = Code::internal;
        report.reasons.push_back({Code::internal, end.error().what, {}});
    } else if (*end != ChildEnd::finished) {
        cut_short = *end == ChildEnd::timed_out ? Code::deadline : Code::internal;
        if (*end == ChildEnd::timed_out) {
            report.reasons.push_back(
                {Code::deadline,
                 fmt::format("no end after {} ms, going on without waiting: {}", for_steps.count(),
                             stuck_step(plan, steps)),
                 {}});
        } else {
            report.reasons.push_back(
                {Code::internal,
                 fmt::format("the process that binds the devices ended before its work: {}",
                             stuck_step(plan, steps)),
                 {}});
        }
        (void)run_with_deadline(
            [&] { undo_stuck(plan, writer, steps, [&late] { late.wait_for_its_end(); }); },
            for_undo, WhenLate::leave);
    }
    conclude(report, plan, read_results(plan, steps), cut_short, writer);
}

}  // namespace early_bind
