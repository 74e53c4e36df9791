// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/doctor.hpp"

#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/doctor/report.hpp"

namespace early_bind {

Command doctor_command(CLI::App& program) {
    auto* words = program.add_subcommand("doctor", "find what is wrong, and say what mends it");
    const auto json = std::make_shared<bool>(false);
    words->add_flag("--json", *json, "as JSON");
    return {
        words, [json](const sysfs::Root& root) -> int {
            const auto findings = doctor::examine(root);
            print(*json ? doctor::render_report_json(findings) : doctor::render_report(findings));
            return doctor::is_healthy(findings) ? kGood : kFailed;
        }};
}

}  // namespace early_bind
