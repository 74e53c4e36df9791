// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cpu_list.hpp"
#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/result.hpp"
#include "grub-gen/hardware.hpp"
#include "grub-gen/names.hpp"

namespace early_bind {

/// A function that a VM gets.
struct PassedFunction {
    pci::Address host;
    unsigned guest = 0;  ///< its number in the guest's slot, 0 to 7
    pci::Ids ids;
    std::optional<int> group;
    std::string rom;  ///< the file that takes the place of the card's own ROM, empty for none
};

/// What takes one slot of a VM: the functions of a card, or one function that belongs to none.
struct Card {
    std::string name;                       ///< for people
    std::vector<PassedFunction> functions;  ///< by their number in the guest; the first has 0
    bool gpu = false;                       ///< it has a display function
    bool whole_slot = false;                ///< these are all functions of one slot of the host
};

/// A part of a VM's memory and the vCPUs nearest to it: a NUMA node of the guest when there are
/// several.
struct Cell {
    std::uint64_t mebibytes = 0;
    std::optional<unsigned> node;  ///< of the host, that the memory comes from; nothing: any
    unsigned vcpus = 0;            ///< how many; they follow those of the cells before
};

struct VmMemory {
    std::vector<Cell> cells;      ///< none when it is not known how much the VM gets
    unsigned page_mebibytes = 0;  ///< of the huge pages; 0 for ordinary memory

    [[nodiscard]] std::uint64_t mebibytes() const;
};

struct VmCpus {
    unsigned count = 0;     ///< 0 when it is not known how many the VM gets
    CpuList host;           ///< vCPU n runs on the n-th of these; empty: not pinned
    CpuList others;         ///< where the VM's other threads belong; empty: not known
    bool isolated = false;  ///< the kernel does not spread threads over `host` by itself
    unsigned sockets = 1;   ///< sockets * cores * threads is `count`
    unsigned cores = 0;     ///< of each socket
    unsigned threads = 1;   ///< of each core
    bool topoext = false;   ///< an AMD processor, whose guests need the flag to see threads
};

/// What is asked of a VM besides devices.
struct VmNeeds {
    std::vector<std::uint64_t> mebibytes;  ///< in all, or for each NUMA node of the host
    bool per_node = false;
    unsigned page_mebibytes = 0;  ///< of huge pages, 0 for ordinary memory
    CpuList cpus;                 ///< of the host, one for each vCPU; empty: not pinned
    bool isolated = false;        ///< `cpus` are taken from the kernel's scheduler
    unsigned vcpus = 0;           ///< at most so many; 0: as many as `cpus`
};

struct Vm {
    std::vector<Card> cards;
    VmMemory memory;
    VmCpus cpus;
};

/// The cards that `passed` is made of, in bus order. A card of several functions is one in the
/// guest too, with the numbers they have on the host where these can be kept: function 0 must be
/// there (PCI Local Bus Specification 3.0, 3.2.2.3.4). `roms` has files by the function they are
/// for.
[[nodiscard]] std::vector<Card> make_cards(const pci::Inventory& inventory,
                                           const std::vector<pci::Gpu>& gpus,
                                           const pci::AddressSet& passed,
                                           const std::map<pci::Address, std::string>& roms,
                                           const Names& names);

/// Sets memory and CPUs. Threads of one core stay together, vCPUs are by the cell whose memory is
/// nearest, and the guest is told of threads only where every core has as many.
void set_needs(Vm& vm, const VmNeeds& needs, const Hardware& hardware, bool topoext);

}  // namespace early_bind
