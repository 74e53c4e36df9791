// SPDX-License-Identifier: MIT
#include "grub-gen/apply.hpp"

#include <cstdlib>
#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/machine.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {
namespace {

/// Whether another grub-gen, which holds the lock, waits for our end.
bool is_run_by_us() {
    return std::getenv(kRunByUs) != nullptr;
}

}  // namespace

Command apply_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "apply", "write the boot table, rebuild the initramfs, regenerate the menu");
    const auto dry_run = std::make_shared<bool>(false);
    words->add_flag("--dry-run", *dry_run, "show what would change, as a diff");
    return {words,
            [dry_run](const sysfs::Root& root) -> int {
                const auto machine = look_at(root);
                if (!machine) {
                    return failed(machine.error());
                }
                warn(machine->warnings);
                if (*dry_run) {
                    const auto diff = preview(root, *machine);
                    if (!diff) {
                        return failed(diff.error());
                    }
                    print(*diff);
                    say(diff->empty() ? "nothing would change" : "dry run: nothing was changed");
                    return kGood;
                }
                const auto applied = apply(root, *machine, say);
                return applied ? kGood : failed(applied.error());
            },
            [dry_run] { return !*dry_run; }};
}

Command refresh_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "refresh", "bring the menu in step with the kernels; kernel-install calls this");
    return {words,
            [](const sysfs::Root& root) -> int {
                if (is_run_by_us()) {
                    return kGood;
                }
                const auto done = refresh(root, say);
                return done ? kGood : failed(done.error());
            },
            [] { return !is_run_by_us(); }};
}

Command uninstall_command(CLI::App& program) {
    auto* words = program.add_subcommand("uninstall", "undo apply");
    return {words,
            [](const sysfs::Root& root) -> int {
                const auto undone = uninstall(root, say);
                return undone ? kGood : failed(undone.error());
            },
            [] { return true; }};
}

}  // namespace early_bind
