// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grub-gen/legacy/finding.hpp"

namespace early_bind::legacy {

/// What stands before a line that was taken over.
inline constexpr std::string_view kTakenOver = "#early-bind# ";

/// The text of a file without what the findings in it name. Lines that become comments get
/// kTakenOver before them; a line that loses words stays above the new one in the same way, unless
/// the file takes no comments (kKernelCommandLinePath). Findings that are only reported change
/// nothing; what follows the lines, and how lines end, stays.
[[nodiscard]] std::string edited(std::string_view text, const std::vector<LegacyFinding>& findings);

}  // namespace early_bind::legacy
