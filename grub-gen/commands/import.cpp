// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/legacy/take_over.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind {
namespace {

struct ImportOptions {
    bool apply = false;
    bool yes = false;
    bool undo = false;
};

/// Whether the user says yes; anything but y or yes is a no.
bool asked(const std::string& question) {
    print(question + " [y/N] ");
    std::fflush(stdout);
    std::array<char, 16> answer{};
    if (std::fgets(answer.data(), static_cast<int>(answer.size()), stdin) == nullptr) {
        return false;
    }
    const std::string_view word = answer.data();
    return word == "y\n" || word == "Y\n" || word == "yes\n";
}

int undo(const sysfs::Root& root) {
    const auto undone = undo_changes(root);
    if (!undone) {
        return failed(undone.error());
    }
    for (const auto& path : undone->files) {
        say(fmt::format("{} is as it was", root.outside_path(path)));
    }
    say("next: `grub-gen apply`, which rebuilds the initramfs and the menu");
    return kGood;
}

int carry_out(const sysfs::Root& root, const TakeOver& take_over) {
    const auto backup = change_files(root, take_over.changes);
    if (!backup) {
        return failed(backup.error());
    }
    for (const auto& change : take_over.changes) {
        const auto path = root.outside_path(change.path);
        say(change.after ? fmt::format("{} {}", change.before ? "changed" : "wrote", path)
                         : fmt::format("moved {} into the backup", path));
    }
    say(fmt::format("the files as they were are in {}; `grub-gen import --undo` puts them back",
                    root.outside_path(backup->directory)));
    say("next: `grub-gen apply`, which rebuilds the initramfs and the menu");
    return kGood;
}

int import(const sysfs::Root& root, const ImportOptions& options) {
    if (options.undo) {
        return undo(root);
    }
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    warn(machine->warnings);
    const auto take_over = plan_take_over(root, *machine);
    if (!take_over) {
        return failed(take_over.error());
    }
    print(render_take_over(root, *machine, *take_over));
    if (take_over->changes.empty()) {
        say("there is nothing here that this command would change");
        return kGood;
    }
    if (!options.apply && !options.yes) {
        say("nothing was changed; `grub-gen import --apply` takes this over");
        return kGood;
    }
    if (!options.yes && ::isatty(STDIN_FILENO) == 0) {
        say("nothing was changed: there is no terminal to ask at; `grub-gen import --yes` takes "
            "this over without a question");
        return kFailed;
    }
    if (!options.yes && !asked("\nChange these files, with a backup?")) {
        say("nothing was changed");
        return kGood;
    }
    return carry_out(root, *take_over);
}

}  // namespace

Command import_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "import", "show earlier set-ups for passing devices, and take them over");
    const auto options = std::make_shared<ImportOptions>();
    auto* apply = words->add_flag("--apply", options->apply, "take them over, after a question");
    auto* yes = words->add_flag("--yes", options->yes, "take them over without a question");
    words->add_flag("--undo", options->undo, "put the files back as they were")
        ->excludes(apply)
        ->excludes(yes);
    return {words, [options](const sysfs::Root& root) -> int { return import(root, *options); },
            [options] { return options->apply || options->yes || options->undo; }};
}

}  // namespace early_bind
