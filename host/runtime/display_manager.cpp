// SPDX-License-Identifier: MIT
#include "host/runtime/display_manager.hpp"

#include <string>

#include "core/sysfs/files.hpp"
#include "grub-gen/process.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {
namespace {

constexpr const char* kDisplayManager = "display-manager.service";
constexpr const char* kStoppedPath = "run/early-bind/display-manager-stopped";

}  // namespace

bool DisplayManager::is_active() const {
    const auto outcome = process::run({"systemctl", "is-active", "--quiet", kDisplayManager});
    return outcome && outcome->status == 0;
}

bool DisplayManager::was_stopped() const {
    return root_.exists(kStoppedPath);
}

Result<void> DisplayManager::stop() const {
    if (auto noted = sysfs::replace_file(root_, kStoppedPath, ""); !noted) {
        return noted;
    }
    return run_quietly_in_root(root_, {"systemctl", "stop", kDisplayManager});
}

Result<void> DisplayManager::start_again() const {
    if (!was_stopped()) {
        return {};
    }
    if (auto started = run_quietly_in_root(root_, {"systemctl", "start", kDisplayManager});
        !started) {
        return started;
    }
    return sysfs::remove(root_, kStoppedPath);
}

}  // namespace early_bind
