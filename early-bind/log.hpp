// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// Kernel log levels (include/linux/kern_levels.h); only those that we use.
enum class Level { warning = 4, notice = 5, info = 6, debug = 7 };

/// Writes lines to the kernel log, so that `dmesg` has them even when /run is lost, and to standard
/// error where the kernel would not show them on the console: warnings and notices under `quiet`.
/// Without a kernel log (no /dev, a sysroot) everything goes to standard error.
class Log {
  public:
    Log(const sysfs::Root& root, bool quiet, bool debug)
        : root_(root), quiet_(quiet), debug_(debug) {}

    void line(Level level, std::string_view text) const;

  private:
    const sysfs::Root& root_;
    bool quiet_;
    bool debug_;
};

}  // namespace early_bind
