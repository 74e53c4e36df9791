// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_table.hpp"

#include <fmt/core.h>

#include "grub-gen/config.hpp"

namespace early_bind::doctor {
namespace {

Findings check_config(const Subject& subject) {
    const auto config = subject.root.outside_path(kConfigPath);
    if (!subject.machine) {
        const auto& what = subject.machine.error().what;
        return {{what.starts_with(config) ? Code::config_broken : Code::machine_unreadable, what}};
    }
    Findings findings = {
        {Code::config_ok, subject.root.exists(kConfigPath)
                              ? fmt::format("{} is understood", config)
                              : fmt::format("there is no {}, and none is needed", config)}};
    for (const auto& warning : subject.machine->warnings) {
        findings.push_back({Code::scan_warning, warning});
    }
    return findings;
}

}  // namespace

Findings check_table(const Subject& subject) {
    auto findings = check_config(subject);
    const auto name = subject.root.outside_path(kBootTablePath);
    if (!subject.table_mistake.empty()) {
        findings.push_back({Code::table_damaged, fmt::format("the boot table {} cannot be used: {}",
                                                             name, subject.table_mistake)});
        return findings;
    }
    if (!subject.table) {
        findings.push_back(
            {Code::nothing_applied, fmt::format("nothing is applied yet: there is no {}", name)});
        return findings;
    }
    const auto now =
        subject.machine ? compile(*subject.machine) : tl::unexpected(subject.machine.error());
    if (now && *now != subject.table_text) {
        findings.push_back(
            {Code::table_stale, fmt::format("the boot table {} is not what the machine and the "
                                            "configuration give now",
                                            name)});
    } else if (now) {
        findings.push_back({Code::table_ok, fmt::format("the boot table {} is up to date ({})",
                                                        name, subject.table->revision)});
    }
    return findings;
}

}  // namespace early_bind::doctor
