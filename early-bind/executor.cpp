// SPDX-License-Identifier: MIT
#include "early-bind/executor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "core/pci/inventory.hpp"

namespace early_bind {
namespace {

using State = StepResult::State;

constexpr const char* kVfioDriver = "sys/bus/pci/drivers/vfio-pci";
constexpr const char* kPlatformDrivers = "sys/bus/platform/drivers";

void keep_text(StepResult& result, std::string_view text) {
    text.copy(result.text.data(), result.text.size() - 1);
}

/// What is to be written to driver_override to have it as it was. The kernel shows "(null)" for
/// none and takes an empty line for it (drivers/pci/pci-sysfs.c). vfio-pci on a function that
/// vfio-pci did not hold is our own, from a boot that left it to be completed.
std::string former_override(const Target& target, const StepResult& result) {
    const std::string_view before = result.text.data();
    const bool own = before == kVfio && target.driver_before != kVfio;
    return before.empty() || before == "(null)" || own ? "\n" : std::string(before);
}

class Undo {
  public:
    Undo(const Plan& plan, sysfs::Writer& writer, std::span<const StepResult> results)
        : plan_(plan), writer_(writer), results_(results) {}

    /// Gives each function of the unit back, `last` after all others and after a wait.
    void unit(std::size_t unit, std::optional<std::size_t> last = std::nullopt,
              const std::function<void()>& wait = {}) {
        const auto& targets = plan_.units[unit].targets;
        for (std::size_t t = 0; t < targets.size(); ++t) {
            if (t != last) {
                target(unit, t);
            }
        }
        if (wait) {
            wait();
        }
        if (last) {
            target(unit, *last);
        }
        for (std::size_t i = 0; i < plan_.actions.size(); ++i) {
            const auto& action = plan_.actions[i];
            if (action.unit == unit && action.kind == ActionKind::release_framebuffer &&
                results_[i].state != State::untried) {
                // The kernel may have removed the device; then the native driver brings a screen.
                const auto& framebuffer = plan_.framebuffers[action.target];
                (void)writer_.write(fmt::format("{}/{}/bind", kPlatformDrivers, framebuffer.driver),
                                    framebuffer.device);
            }
        }
    }

  private:
    /// The step of a kind for a target, null when it was not tried.
    [[nodiscard]] const StepResult* tried(ActionKind kind, std::size_t unit,
                                          std::size_t target) const {
        for (std::size_t i = 0; i < plan_.actions.size(); ++i) {
            const auto& action = plan_.actions[i];
            if (action.kind == kind && action.unit == unit && action.target == target) {
                return results_[i].state == State::untried ? nullptr : &results_[i];
            }
        }
        return nullptr;
    }

    /// vfio-pci goes first: while it holds the function, clearing the override changes nothing.
    /// What another driver held is given back by a probe: coldplug loads modules but does not probe
    /// for one that is already there.
    void target(std::size_t unit, std::size_t t) {
        const auto& target = plan_.units[unit].targets[t];
        const auto directory = pci::device_directory(target.address);
        const auto address = to_string(target.address);
        if (tried(ActionKind::bind, unit, t) != nullptr && writer_.driver(directory) == kVfio) {
            (void)writer_.write(std::string(kVfioDriver) + "/unbind", address);
        }
        if (const auto* step = tried(ActionKind::set_d3cold, unit, t);
            step != nullptr && step->text.front() != '\0') {
            (void)writer_.write(directory + "/d3cold_allowed", step->text.data());
        }
        if (const auto* step = tried(ActionKind::set_override, unit, t)) {
            (void)writer_.write(directory + "/driver_override", former_override(target, *step));
            if (!target.driver_before.empty() && writer_.driver(directory).empty()) {
                (void)writer_.write("sys/bus/pci/drivers_probe", address);
            }
        }
    }

    const Plan& plan_;
    sysfs::Writer& writer_;
    std::span<const StepResult> results_;
};

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
            keep_text(results_[i], state.error().what);
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
            const bool done = step(plan_.actions[i], results_[i]);
            results_[i].state = done ? State::done : State::failed;
            good =
                done || kind == ActionKind::set_d3cold || kind == ActionKind::release_framebuffer;
        }
        if (!good) {
            Undo(plan_, writer_, results_).unit(unit);
        }
        return i;
    }

    /// Writes an attribute and remembers what it said.
    bool change(const std::string& path, std::string_view text, StepResult& result) {
        keep_text(result, writer_.read(path));
        return write(path, text, result);
    }

    bool write(const std::string& path, std::string_view text, StepResult& result) {
        result.error = writer_.write(path, text);
        return result.error == 0;
    }

    bool step(const Action& action, StepResult& result) {
        if (action.kind == ActionKind::release_framebuffer) {
            const auto& framebuffer = plan_.framebuffers[action.target];
            return write(fmt::format("{}/{}/unbind", kPlatformDrivers, framebuffer.driver),
                         framebuffer.device, result);
        }
        const auto& target = plan_.units[action.unit].targets[action.target];
        const auto directory = pci::device_directory(target.address);
        const auto address = to_string(target.address);
        switch (action.kind) {
            case ActionKind::set_override:
                return change(directory + "/driver_override", kVfio, result);
            case ActionKind::set_d3cold:
                return change(directory + "/d3cold_allowed",
                              plan_.d3cold_allowed.value_or(true) ? "1" : "0", result);
            case ActionKind::unbind:
                return write(directory + "/driver/unbind", address, result);
            case ActionKind::bind:
                // The driver's own bind file fails honestly, drivers_probe does not
                // (drivers/base/bus.c, bind_store()). EBUSY: somebody bound it already, and the
                // read-back tells who.
                return write(std::string(kVfioDriver) + "/bind", address, result) ||
                       result.error == EBUSY;
            case ActionKind::verify:
                return writer_.driver(directory) == kVfio;
            case ActionKind::load_module:
            case ActionKind::release_framebuffer:
                break;
        }
        return false;
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

void undo_stuck(const Plan& plan, sysfs::Writer& writer, std::span<const StepResult> results,
                const std::function<void()>& wait) {
    const auto stuck = std::find_if(results.begin(), results.end(), [](const StepResult& result) {
        return result.state == State::running;
    });
    if (stuck == results.end()) {
        return;
    }
    const auto& action = plan.actions[static_cast<std::size_t>(stuck - results.begin())];
    if (action.kind == ActionKind::load_module) {
        return;  // nothing was touched yet
    }
    const bool screen = action.kind == ActionKind::release_framebuffer;
    Undo(plan, writer, results)
        .unit(action.unit, screen ? std::nullopt : std::optional(action.target), wait);
}

}  // namespace early_bind
