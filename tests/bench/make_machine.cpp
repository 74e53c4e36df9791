// SPDX-License-Identifier: MIT
// make_machine DIRECTORY FUNCTIONS [GPUS]: a made-up machine of that many PCI functions.
#include <cstdlib>
#include <iostream>

#include "tests/bench/machine_tree.hpp"

int main(int argc, char** argv) {
    early_bind::bench::MachineTree machine;
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: make_machine DIRECTORY FUNCTIONS [GPUS]\n";
        return 2;
    }
    machine.functions = std::strtoul(argv[2], nullptr, 10);
    if (argc == 4) {
        machine.gpus = std::strtoul(argv[3], nullptr, 10);
    }
    early_bind::bench::write_machine(machine, argv[1]);
}
