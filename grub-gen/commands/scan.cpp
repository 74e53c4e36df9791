// SPDX-License-Identifier: MIT
#include "grub-gen/scan.hpp"

#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

Command scan_command(CLI::App& program) {
    auto* words = program.add_subcommand("scan", "show the GPUs and the profiles they give");
    const auto json = std::make_shared<bool>(false);
    words->add_flag("--json", *json, "as JSON");
    return {words, [json](const sysfs::Root& root) -> int {
                const auto machine = look_at(root);
                if (!machine) {
                    return failed(machine.error());
                }
                warn(machine->warnings);
                print(*json ? render_scan_json(*machine) : render_scan(*machine));
                return kGood;
            }};
}

}  // namespace early_bind
