// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

Command check_command(CLI::App& program) {
    auto* words = program.add_subcommand("check", "hold the configuration against this machine");
    return {words, [](const sysfs::Root& root) -> int {
                const auto machine = look_at(root);
                const auto table = machine ? compile(*machine) : tl::unexpected(machine.error());
                if (!table) {
                    return failed(table.error());
                }
                warn(machine->warnings);
                print(root.exists(kConfigPath) ? fmt::format("{} is right for this machine\n",
                                                             root.outside_path(kConfigPath))
                                               : fmt::format("there is no {}, and none is needed\n",
                                                             root.outside_path(kConfigPath)));
                return kGood;
            }};
}

}  // namespace early_bind
