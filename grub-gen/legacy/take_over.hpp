// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/legacy/backup.hpp"
#include "grub-gen/legacy/finding.hpp"
#include "grub-gen/legacy/translate.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

/// What taking earlier set-ups over means on a machine. Nothing has been done yet.
struct TakeOver {
    std::vector<LegacyFinding> findings;
    Proposal proposal;
    std::vector<std::string> config_lines;  ///< what the configuration gets, to be shown
    std::vector<FileChange> changes;        ///< for change_files(), the configuration last
};

/// Finds, translates and edits, all in memory. Fails when the configuration cannot be edited, or
/// would not be accepted with what it gets.
[[nodiscard]] Result<TakeOver> plan_take_over(const sysfs::Root& root, const Machine& machine);

/// The same as text for people.
[[nodiscard]] std::string render_take_over(const sysfs::Root& root, const Machine& machine,
                                           const TakeOver& take_over);

}  // namespace early_bind
