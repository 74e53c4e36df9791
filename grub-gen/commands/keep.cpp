// SPDX-License-Identifier: MIT
#include "grub-gen/keep.hpp"

#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {

Command keep_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "keep", "print the kernel argument that keeps one GPU, for the GRUB editor");
    const auto selector = std::make_shared<std::string>();
    words
        ->add_option("SELECTOR", *selector,
                     "words of its name, an address, a location or vendor:device")
        ->required();
    return {words, [selector](const sysfs::Root& root) -> int {
                const auto machine = look_at(root);
                const auto argument =
                    machine ? keep_argument(*machine, *selector) : tl::unexpected(machine.error());
                if (!argument) {
                    return failed(argument.error());
                }
                print(*argument + "\n");
                return kGood;
            }};
}

}  // namespace early_bind
