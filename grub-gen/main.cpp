// SPDX-License-Identifier: MIT
// grub-gen: makes GPU layouts out of a machine, and menu entries out of the layouts.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/lock.hpp"
#include "grub-gen/record/replay.hpp"

namespace early_bind {
namespace {

int on_system(const Command& command, const std::string& directory) {
    const auto root = sysfs::Root::open(directory);
    if (!root) {
        return failed(root.error());
    }
    if (!command.writes || !command.writes()) {
        return command.run(*root);
    }
    const auto lock = Lock::take(*root);
    return lock ? command.run(*root) : failed(lock.error());
}

int on_recording(const Command& command, const std::string& file) {
    if (command.writes && command.writes()) {
        say(fmt::format("{} is a recording of a machine: nothing can be written to it", file));
        return kFailed;
    }
    const auto replay = Replay::open(file);
    return replay ? command.run(replay->root()) : failed(replay.error());
}

/// The command line as CLI11 takes it: the last word first. `-pci` is what many people know as the
/// name of such an option.
std::vector<std::string> words_of(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    std::replace(words.begin(), words.end(), std::string("-pci"), std::string("--pci"));
    std::reverse(words.begin(), words.end());
    return words;
}

int run(int argc, char** argv) {
    CLI::App program("Makes one boot menu entry for each GPU layout of this machine.", "grub-gen");
    program.require_subcommand(1);
    program.fallthrough();
    std::string sysroot = "/";
    program
        .add_option("--sysroot", sysroot,
                    "work on the system below this directory, or look at the machine in this "
                    "file of grub-gen record")
        ->type_name("DIR");
    program.set_version_flag("--version", "grub-gen " EARLY_BIND_VERSION);
    const Command commands[] = {
        scan_command(program),   check_command(program),     setup_command(program),
        apply_command(program),  boot_once_command(program), default_command(program),
        doctor_command(program), import_command(program),    keep_command(program),
        record_command(program), entries_command(program),   refresh_command(program),
        uki_command(program),    uninstall_command(program),
    };
    try {
        program.parse(words_of(argc, argv));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return program.exit(error);  // --help, --version
        }
        if (argc > 1 && argv[1][0] != '-' && program.get_subcommands().empty()) {
            say(fmt::format("there is no command `{}`; see grub-gen --help", argv[1]));
            return kUsage;
        }
        say(std::string(error.what()) + "; see grub-gen --help");
        return kUsage;
    }
    for (const auto& command : commands) {
        if (command.words->parsed()) {
            return Replay::is_file(sysroot) ? on_recording(command, sysroot)
                                            : on_system(command, sysroot);
        }
    }
    return kUsage;  // not reached: one command is required
}

}  // namespace
}  // namespace early_bind

int main(int argc, char** argv) {
    try {
        return early_bind::run(argc, argv);
    } catch (const std::exception& error) {
        early_bind::say(std::string("internal error: ") + error.what());
        return early_bind::kFailed;
    }
}
