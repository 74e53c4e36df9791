// SPDX-License-Identifier: MIT
// grub-gen: makes GPU layouts out of a machine, and menu entries out of the layouts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <string>

#include "grub-gen/commands/command.hpp"

namespace early_bind {
namespace {

int run(int argc, char** argv) {
    CLI::App program("Makes one boot menu entry for each GPU layout of this machine.", "grub-gen");
    program.require_subcommand(1);
    program.fallthrough();
    std::string sysroot = "/";
    program.add_option("--sysroot", sysroot, "work on the system below this directory")
        ->type_name("DIR");
    program.set_version_flag("--version", "grub-gen " EARLY_BIND_VERSION);
    const Command commands[] = {
        scan_command(program), apply_command(program),     entries_command(program),
        keep_command(program), uninstall_command(program), doctor_command(program),
    };
    try {
        program.parse(argc, argv);
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
    const auto root = sysfs::Root::open(sysroot);
    if (!root) {
        return failed(root.error());
    }
    for (const auto& command : commands) {
        if (command.words->parsed()) {
            return command.run(*root);
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
