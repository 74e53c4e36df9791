// SPDX-License-Identifier: MIT
#include "host/runtime/carry_out.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "core/sysfs/files.hpp"
#include "core/sysfs/writer.hpp"
#include "early-bind/act.hpp"
#include "early-bind/deadline.hpp"
#include "early-bind/kmod_loader.hpp"
#include "grub-gen/process.hpp"
#include "host/display/write.hpp"
#include "host/runtime/display_manager.hpp"
#include "host/runtime/give_back.hpp"
#include "host/services/passed.hpp"

namespace early_bind {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A GPU driver takes some seconds to let go of a card, or to set one up.
constexpr milliseconds kDriverLimit = seconds(60);
/// Until the processes of a desktop that was stopped have ended.
constexpr milliseconds kUntilUnused = seconds(20);
constexpr milliseconds kPause{250};
/// Until the driver of a GPU that came back has its device file.
constexpr milliseconds kUntilDrawn = seconds(5);

/// Waits until udev has done what it was told of.
void settle() {
    (void)process::run({"udevadm", "settle", "--timeout=30"});
}

class Carrier {
  public:
    Carrier(const sysfs::Root& root, const Situation& situation, const Change& change,
            Progress progress)
        : root_(root),
          situation_(situation),
          change_(change),
          progress_(progress),
          writer_(root),
          loader_(root),
          display_manager_(root) {}

    Outcomes run(bool stop_display_manager, const std::string& command) {
        if (have_vfio() && clear_the_way(stop_display_manager)) {
            outcomes_.touched = true;
            give_back_all();
            bind_all();
            outcomes_.done = std::none_of(
                outcomes_.reasons.begin(), outcomes_.reasons.end(),
                [](const Reason& reason) { return info(reason.code).weight != Weight::note; });
            save(command);
            refresh_display();
        }
        start_desktop();
        return std::move(outcomes_);
    }

  private:
    void fail_with(Code code, std::string text) {
        outcomes_.reasons.push_back({code, std::move(text), {}});
    }

    /// Before the host loses anything.
    bool have_vfio() {
        if (change_.plan.actions.empty()) {
            return true;
        }
        const auto state = loader_.load("vfio-pci");
        if (!state) {
            fail_with(Code::module_failed, state.error().what);
        } else if (*state == ModuleState::absent) {
            fail_with(Code::module_failed, "this kernel has no module vfio-pci");
        }
        return state && *state != ModuleState::absent;
    }

    /// Ends the use of the devices as far as that was asked for; returns whether there is none.
    bool clear_the_way(bool stop_display_manager) {
        const auto functions = change_.touched();
        auto uses = find_uses(root_, situation_.inventory, functions);
        if (!uses.empty() && stop_display_manager && display_manager_.is_active()) {
            progress_("stopping display-manager.service");
            if (const auto stopped = display_manager_.stop(); !stopped) {
                fail_with(Code::in_use, stopped.error().what);
                return false;
            }
            const auto end = std::chrono::steady_clock::now() + kUntilUnused;
            do {
                ::usleep(static_cast<unsigned>(std::chrono::microseconds(kPause).count()));
                uses = find_uses(root_, situation_.inventory, functions);
            } while (!uses.empty() && std::chrono::steady_clock::now() < end);
        }
        if (uses.empty()) {
            return true;
        }
        Change used;
        guard_uses(used, std::move(uses));
        outcomes_.reasons.push_back(used.reasons.front());
        return false;
    }

    void give_back_all() {
        const auto& releases = change_.releases;
        if (releases.empty()) {
            return;
        }
        const auto results = SharedResults::make(releases.size());
        if (!results) {
            fail_with(Code::internal, results.error().what);
            return;
        }
        const auto steps = results->span();
        const auto end = run_with_deadline([&] { give_back(releases, writer_, settle, steps); },
                                           kDriverLimit, WhenLate::leave);
        auto back = read_back(releases, writer_, steps, end && *end == ChildEnd::finished);
        outcomes_.given_back = std::move(back.functions);
        add(back.reasons);
    }

    void bind_all() {
        if (change_.plan.actions.empty()) {
            return;
        }
        Report report;
        act(change_.plan, writer_, loader_, kDriverLimit, report);
        outcomes_.functions = std::move(report.functions);
        add(report.reasons);
    }

    void add(const std::vector<Reason>& reasons) {
        outcomes_.reasons.insert(outcomes_.reasons.end(), reasons.begin(), reasons.end());
    }

    void save(const std::string& command) {
        Report bound;
        bound.functions = outcomes_.functions;
        bound.reasons = outcomes_.reasons;
        const auto report =
            changed_report(situation_.report, change_, outcomes_.given_back, bound, command);
        if (const auto saved = sysfs::replace_file(root_, kReportPath, render_report(report));
            !saved) {
            fail_with(Code::internal, saved.error().what);
        }
    }

    /// The desktop, and services that want a card, have to find what the host has now.
    void refresh_display() {
        if (const auto marked = services::mark_passed(root_); !marked) {
            fail_with(Code::internal, marked.error().what);
        }
        if (const auto changes = display::refresh(root_, kUntilDrawn); !changes) {
            fail_with(Code::internal, changes.error().what);
        }
    }

    /// Whether the host has a GPU that a desktop can use.
    bool host_has_gpu() {
        return std::any_of(
            situation_.gpus.begin(), situation_.gpus.end(), [this](const pci::Gpu& gpu) {
                return writer_.driver(pci::device_directory(gpu.address)) != "vfio-pci";
            });
    }

    void start_desktop() {
        if (!display_manager_.was_stopped() || !host_has_gpu()) {
            return;
        }
        progress_("starting display-manager.service");
        if (const auto started = display_manager_.start_again(); !started) {
            fail_with(Code::internal, started.error().what);
        }
    }

    const sysfs::Root& root_;
    const Situation& situation_;
    const Change& change_;
    Progress progress_;
    sysfs::RootWriter writer_;
    KmodLoader loader_;
    DisplayManager display_manager_;
    Outcomes outcomes_;
};

}  // namespace

Outcomes carry_out(const sysfs::Root& root, const Situation& situation, const Change& change,
                   bool stop_display_manager, const std::string& command, Progress progress) {
    return Carrier(root, situation, change, progress).run(stop_display_manager, command);
}

}  // namespace early_bind
