// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace early_bind::bench {

/// A made-up machine as a tree of files below a directory, laid out as sysfs does: host bridges
/// with root ports, a card of one to eight functions behind each port, every eighth card at the end
/// of a chain of switches, one group per card, every eighth card with virtual functions.
struct MachineTree {
    std::size_t functions = 100;  ///< in all, at least 16
    std::size_t gpus = 2;         ///< of these cards, the first ones, are GPUs of four functions
};

/// Writes the machine, with a kernel command line that asks for nothing, and a boot table with one
/// profile, `pass-some`, that keeps the first GPU and passes the second. Prints what went wrong and
/// ends the program when a file cannot be written.
void write_machine(const MachineTree& machine, const std::string& directory);

}  // namespace early_bind::bench
