// SPDX-License-Identifier: MIT
#include "grub-gen/record/record.hpp"

#include "grub-gen/commands/command.hpp"

namespace early_bind {

Command record_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "record", "print what this machine has, for a bug report; --sysroot FILE replays it");
    return {words, [](const sysfs::Root& root) -> int {
                const auto inventory = pci::read_inventory(root);
                if (!inventory) {
                    return failed(inventory.error());
                }
                warn(inventory->warnings);
                print(render_recording(record_machine(root, *inventory, Names(root))));
                return kGood;
            }};
}

}  // namespace early_bind
