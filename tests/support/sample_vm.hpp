// SPDX-License-Identifier: MIT
#pragma once

#include "host/export/vm.hpp"
#include "tests/support/machine_builder.hpp"

namespace early_bind::test {

/// A card of two functions with a ROM, and a NIC with odd names; nothing of memory and CPUs.
inline Vm sample_vm() {
    Vm vm;
    Card gpu;
    gpu.name = "NVIDIA GeForce RTX 4090";
    gpu.functions = {{address("0000:01:00.0"), 0, {0x10de, 0x2684, 0x1043, 0x889a}, 14, "/a.rom"},
                     {address("0000:01:00.1"), 1, {0x10de, 0x22ba, 0x1043, 0x889a}, 14, ""}};
    gpu.gpu = true;
    gpu.whole_slot = true;
    Card nic;
    nic.name = "Ethernet controller: --> 'A' & <B>";
    nic.functions = {{address("10000:e1:00.1"), 0, {0x8086, 0x1533, 0, 0}, std::nullopt, ""}};
    vm.cards = {gpu, nic};
    return vm;
}

/// The same with huge pages on two nodes and eight pinned CPUs.
inline Vm sample_workstation() {
    Vm vm = sample_vm();
    vm.memory.page_mebibytes = 1024;
    vm.memory.cells = {{8192, 0, 4}, {4096, 1, 4}};
    vm.cpus = {8, {2, 10, 3, 11, 6, 14, 7, 15}, {0, 1, 4, 5, 8, 9, 12, 13}, true, 2, 2, 2, true};
    return vm;
}

}  // namespace early_bind::test
