// SPDX-License-Identifier: MIT
#include "grub-gen/entries.hpp"

#include "grub-gen/commands/command.hpp"

namespace early_bind {

Command entries_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "entries", "print the menu entries; update-grub calls this through /etc/grub.d");
    return {words, [](const sysfs::Root& root) -> int {
                const auto made = make_entries(root);
                warn(made.warnings);
                print(made.out);
                return kGood;
            }};
}

}  // namespace early_bind
