// SPDX-License-Identifier: MIT
#pragma once

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// The desktop of the running system, by systemd's name for whichever it is
/// (display-manager.service). That we stopped it is noted in /run, so that whoever gives the host a
/// GPU back can start it.
class DisplayManager {
  public:
    explicit DisplayManager(const sysfs::Root& root) : root_(root) {}

    [[nodiscard]] bool is_active() const;
    /// Whether we stopped it, in this run or in an earlier one.
    [[nodiscard]] bool was_stopped() const;

    [[nodiscard]] Result<void> stop() const;
    /// Starts it when it was stopped by us, and forgets that.
    [[nodiscard]] Result<void> start_again() const;

  private:
    const sysfs::Root& root_;
};

}  // namespace early_bind
