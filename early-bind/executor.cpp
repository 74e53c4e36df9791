// SPDX-License-Identifier: MIT
#include "early-bind/executor.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include "core/pci/inventory.hpp"

namespace early_bind {
namespace {

using State = StepResult::State;

constexpr const char* kVfioDriver = "sys/bus/pci/drivers/vfio-pci";
constexpr std::string_view kVfio = "vfio-pci";

class Executor {
  public:
    Executor(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
             std::span<StepResult> results)
        : plan_(plan), writer_(writer), loader_(loader), results_(results) {}

    void run() {
        std::size_t i = 0;
        while (i < plan_.actions.size()) {
            if (plan_.actions[i].kind == ActionKind::load_module) {
                if (!load(i)) {
                    return;  // nothing was touched yet
                }
                ++i;
                continue;
            }
            i = run_unit(i);
        }
    }

  private:
    /// Returns whether it makes sense to go on.
    bool load(std::size_t i) {
        results_[i].state = State::running;
        const auto state = loader_.load(std::string(kVfio));
        deferred_ = state && *state == ModuleState::absent;
        if (!state) {
            const std::string_view words = state.error().what;
            words.copy(results_[i].detail.data(), results_[i].detail.size() - 1);
        }
        results_[i].state = !state ? State::failed : deferred_ ? State::absent : State::done;
        return state.has_value();
    }

    /// Does all steps of the unit that begins at `first`; returns where the next one begins.
    std::size_t run_unit(std::size_t first) {
        const std::size_t unit = plan_.actions[first].unit;
        std::size_t i = first;
        bool good = true;
        for (; i < plan_.actions.size() && plan_.actions[i].unit == unit; ++i) {
            const auto kind = plan_.actions[i].kind;
            const bool needs_driver = kind == ActionKind::bind || kind == ActionKind::verify;
            if (!good || (deferred_ && needs_driver)) {
                continue;
            }
            results_[i].state = State::running;
            good = step(plan_.actions[i], results_[i]);
            results_[i].state = good ? State::done : State::failed;
        }
        if (!good) {
            undo(first, i);
        }
        return i;
    }

    bool step(const Action& action, StepResult& result) {
        const auto& target = plan_.units[action.unit].targets[action.target];
        const auto directory = pci::device_directory(target.address);
        const auto address = to_string(target.address);
        switch (action.kind) {
            case ActionKind::set_override:
                result.error = writer_.write(directory + "/driver_override", kVfio);
                return result.error == 0;
            case ActionKind::unbind:
                result.error = writer_.write(directory + "/driver/unbind", address);
                return result.error == 0;
            case ActionKind::bind:
                // The driver's own bind file fails honestly, drivers_probe does not
                // (drivers/base/bus.c, bind_store()). EBUSY: somebody bound it already, and the
                // read-back tells who.
                result.error = writer_.write(std::string(kVfioDriver) + "/bind", address);
                return result.error == 0 || result.error == EBUSY;
            case ActionKind::verify:
                return writer_.driver(directory) == kVfio;
            case ActionKind::load_module:
                break;
        }
        return false;
    }

    /// Takes back what the unit's steps in [first, last) did, newest first. What another driver
    /// held is given back by a probe: coldplug loads modules but does not probe for one that is
    /// already there.
    void undo(std::size_t first, std::size_t last) {
        for (std::size_t i = last; i-- > first;) {
            const auto& action = plan_.actions[i];
            if (results_[i].state == State::untried) {
                continue;
            }
            const auto& target = plan_.units[action.unit].targets[action.target];
            const auto directory = pci::device_directory(target.address);
            const auto address = to_string(target.address);
            if (action.kind == ActionKind::bind && writer_.driver(directory) == kVfio) {
                (void)writer_.write(std::string(kVfioDriver) + "/unbind", address);
            } else if (action.kind == ActionKind::set_override) {
                (void)writer_.write(directory + "/driver_override", "\n");
                if (!target.driver_before.empty() && writer_.driver(directory).empty()) {
                    (void)writer_.write("sys/bus/pci/drivers_probe", address);
                }
            }
        }
    }

    const Plan& plan_;
    sysfs::Writer& writer_;
    ModuleLoader& loader_;
    std::span<StepResult> results_;
    bool deferred_ = false;
};

}  // namespace

void execute(const Plan& plan, sysfs::Writer& writer, ModuleLoader& loader,
             std::span<StepResult> results) {
    Executor(plan, writer, loader, results).run();
}

}  // namespace early_bind
