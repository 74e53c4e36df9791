// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "grub-gen/doctor/finding.hpp"

namespace early_bind::doctor {

/// Whether there is anything to mend: a problem or a warning.
[[nodiscard]] bool is_healthy(const Findings& findings);

/// For people: problems, warnings and notes with why and mend, then what is fine, then the sum.
[[nodiscard]] std::string render_report(const Findings& findings);

/// The same as JSON, in the order of the checks; docs/JSON.md shows the keys.
[[nodiscard]] std::string render_report_json(const Findings& findings);

}  // namespace early_bind::doctor
