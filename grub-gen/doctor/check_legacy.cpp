// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_legacy.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "grub-gen/legacy/find.hpp"

namespace early_bind::doctor {

Findings check_legacy(const Subject& subject) {
    if (!subject.machine) {
        return {};  // which is the problem
    }
    Findings findings;
    for (const auto& legacy : find_legacy(subject.root, subject.machine->inventory)) {
        findings.push_back({Code::earlier_setup,
                            fmt::format("{}: `{}` {}", subject.root.outside_path(place_of(legacy)),
                                        text::printable(legacy.text), legacy.meaning)});
    }
    if (findings.empty()) {
        findings.push_back({Code::earlier_setup_none, "no earlier set-up for passing devices"});
    }
    return findings;
}

}  // namespace early_bind::doctor
