// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "grub-gen/commands/command.hpp"

namespace early_bind {

/// A program that is made of commands.
struct Program {
    const char* name;                              ///< as people type it, and as its messages begin
    const char* purpose;                           ///< a sentence for --help
    std::vector<Command (*)(CLI::App&)> commands;  ///< each adds one; in the order of --help
};

/// Does what the words of the command line ask for, on the running system, below --sysroot, or on a
/// recording; a command that writes holds the lock (grub-gen/lock.hpp). Returns the exit status.
[[nodiscard]] int run_program(const Program& program, int argc, char** argv);

}  // namespace early_bind
