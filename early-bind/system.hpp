// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "core/cmdline/cmdline.hpp"
#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "early-bind/report.hpp"

namespace early_bind {

/// What the commands read from a system besides its devices.

/// The tokens of /proc/cmdline; an Error when it cannot be read.
[[nodiscard]] Result<Tokens> read_tokens(const sysfs::Root& root);

/// The boot table; the Reason says `table-missing` or `table-damaged`.
struct TableRead {
    std::optional<BootTable> table;
    Reason reason;
};
[[nodiscard]] TableRead read_boot_table(const sysfs::Root& root);

/// The report of this boot, nothing when there is none; an Error when it cannot be understood.
[[nodiscard]] Result<std::optional<Report>> read_report(const sysfs::Root& root);

}  // namespace early_bind
