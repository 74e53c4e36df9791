// SPDX-License-Identifier: MIT
#include "grub-gen/commands/program.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <string>

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

int run(const Program& about, int argc, char** argv) {
    const std::string name = about.name;
    CLI::App program(about.purpose, name);
    program.require_subcommand(1);
    program.fallthrough();
    std::string sysroot = "/";
    program
        .add_option("--sysroot", sysroot,
                    "work on the system below this directory, or look at the machine in this "
                    "file of grub-gen record")
        ->type_name("DIR");
    program.set_version_flag("--version", name + " " EARLY_BIND_VERSION);
    std::vector<Command> commands;
    for (const auto add : about.commands) {
        commands.push_back(add(program));
    }
    try {
        program.parse(words_of(argc, argv));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return program.exit(error);  // --help, --version
        }
        if (argc > 1 && argv[1][0] != '-' && program.get_subcommands().empty()) {
            say(fmt::format("there is no command `{}`; see {} --help", argv[1], name));
            return kUsage;
        }
        say(fmt::format("{}; see {} --help", error.what(), name));
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

int run_program(const Program& program, int argc, char** argv) {
    name_program(program.name);
    try {
        return run(program, argc, argv);
    } catch (const std::exception& error) {
        say(std::string("internal error: ") + error.what());
        return kFailed;
    }
}

}  // namespace early_bind
