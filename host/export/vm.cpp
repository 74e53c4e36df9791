// SPDX-License-Identifier: MIT
#include "host/export/vm.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;

constexpr std::size_t kSlotFunctions = 8;

bool are_whole_slot(const std::vector<Address>& functions, const pci::Inventory& inventory) {
    const auto in_slot = [&functions](const pci::Function& function) {
        return function.address.same_slot(functions.front());
    };
    const auto& all = inventory.functions();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), in_slot)) ==
               functions.size() &&
           std::all_of(functions.begin(), functions.end(), [&functions](const Address& address) {
               return address.same_slot(functions.front());
           });
}

/// The functions in the order of the guest, with their numbers there.
std::vector<PassedFunction> number_functions(std::vector<Address> functions,
                                             const pci::Inventory& inventory,
                                             const std::map<Address, std::string>& roms) {
    const auto& first = functions.front();
    const bool keep = first.function == 0 && std::all_of(functions.begin(), functions.end(),
                                                         [&first](const Address& address) {
                                                             return address.same_slot(first);
                                                         });
    if (!keep) {
        std::stable_partition(functions.begin(), functions.end(), [&](const Address& address) {
            return inventory.find(address)->identity.class_code.is_display();
        });
    }
    std::vector<PassedFunction> numbered;
    for (std::size_t i = 0; i < functions.size(); ++i) {
        const auto& function = *inventory.find(functions[i]);
        const auto rom = roms.find(function.address);
        numbered.push_back({function.address,
                            keep ? function.address.function : static_cast<unsigned>(i),
                            function.identity.ids, function.group,
                            rom != roms.end() ? rom->second : std::string()});
    }
    return numbered;
}

Card make_card(const std::vector<Address>& functions, const pci::Inventory& inventory,
               const std::map<Address, std::string>& roms, const Names& names) {
    Card card;
    card.functions = number_functions(functions, inventory, roms);
    card.whole_slot = are_whole_slot(functions, inventory);
    const auto& first = *inventory.find(card.functions.front().host);
    card.gpu = first.identity.class_code.is_display();
    card.name = card.gpu ? names.gpu_name(first.identity.ids)
                         : names.function_name(first.identity.ids, first.identity.class_code);
    return card;
}

/// How many threads each core has among the CPUs, 1 when not all have as many.
unsigned threads_of(const CpuList& cpus, const Hardware& hardware) {
    std::map<unsigned, unsigned> threads;  // by the first CPU of the core
    for (const auto cpu : cpus) {
        ++threads[hardware.core_of(cpu).front()];
    }
    const bool even = std::all_of(threads.begin(), threads.end(), [&threads](const auto& core) {
        return core.second == threads.begin()->second;
    });
    return even && !threads.empty() ? threads.begin()->second : 1;
}

std::vector<Cell> make_cells(const VmNeeds& needs, const Hardware& hardware) {
    std::vector<Cell> cells;
    if (!needs.per_node) {
        const auto sum =
            std::accumulate(needs.mebibytes.begin(), needs.mebibytes.end(), std::uint64_t{0});
        if (sum > 0) {
            cells.push_back({sum, std::nullopt, 0});
        }
        return cells;
    }
    for (std::size_t i = 0; i < needs.mebibytes.size(); ++i) {
        if (needs.mebibytes[i] > 0) {
            const auto node =
                i < hardware.nodes.size() ? hardware.nodes[i].number : static_cast<unsigned>(i);
            cells.push_back({needs.mebibytes[i], node, 0});
        }
    }
    return cells;
}

/// The cell whose memory is nearest to a CPU; the first when it has none.
std::size_t cell_of(unsigned cpu, const std::vector<Cell>& cells, const Hardware& hardware) {
    const auto node = hardware.node_of(cpu);
    const auto found = std::find_if(cells.begin(), cells.end(), [&node](const Cell& cell) {
        return cell.node && cell.node == node;
    });
    return found == cells.end() ? 0 : static_cast<std::size_t>(found - cells.begin());
}

/// By cell, and by core within it.
CpuList in_order(CpuList cpus, const std::vector<Cell>& cells, const Hardware& hardware) {
    const auto key = [&](unsigned cpu) {
        return std::tuple(cell_of(cpu, cells, hardware), hardware.core_of(cpu).front(), cpu);
    };
    std::sort(cpus.begin(), cpus.end(), [&key](unsigned a, unsigned b) { return key(a) < key(b); });
    return cpus;
}

}  // namespace

std::uint64_t VmMemory::mebibytes() const {
    return std::accumulate(
        cells.begin(), cells.end(), std::uint64_t{0},
        [](std::uint64_t sum, const Cell& cell) { return sum + cell.mebibytes; });
}

std::vector<Card> make_cards(const pci::Inventory& inventory, const std::vector<pci::Gpu>& gpus,
                             const AddressSet& passed, const std::map<Address, std::string>& roms,
                             const Names& names) {
    std::vector<std::vector<Address>> groups;
    AddressSet rest = passed;
    for (const auto& gpu : gpus) {
        std::vector<Address> functions;
        for (const auto& address : gpu.functions) {
            if (functions.size() < kSlotFunctions && rest.erase(address) > 0) {
                functions.push_back(address);
            }
        }
        if (!functions.empty()) {
            groups.push_back(std::move(functions));
        }
    }
    for (const auto& address : rest) {
        groups.push_back({address});
    }
    std::sort(groups.begin(), groups.end());
    std::vector<Card> cards;
    cards.reserve(groups.size());
    for (const auto& functions : groups) {
        cards.push_back(make_card(functions, inventory, roms, names));
    }
    return cards;
}

void set_needs(Vm& vm, const VmNeeds& needs, const Hardware& hardware, bool topoext) {
    auto& cells = vm.memory.cells;
    auto& cpus = vm.cpus;
    cells = make_cells(needs, hardware);
    vm.memory.page_mebibytes = needs.page_mebibytes;
    cpus.host = in_order(needs.cpus, cells, hardware);
    if (needs.vcpus > 0 && needs.vcpus < cpus.host.size()) {
        cpus.host.resize(needs.vcpus);
    }
    cpus.count = cpus.host.empty() ? needs.vcpus : static_cast<unsigned>(cpus.host.size());
    cpus.isolated = needs.isolated;
    cpus.others = cpus.host.empty() ? CpuList() : without(hardware.online, needs.cpus);
    for (unsigned vcpu = 0; !cells.empty() && vcpu < cpus.count; ++vcpu) {
        const auto cell = cpus.host.empty() ? vcpu * cells.size() / cpus.count
                                            : cell_of(cpus.host[vcpu], cells, hardware);
        ++cells[cell].vcpus;
    }
    cpus.threads = threads_of(cpus.host, hardware);
    const bool even = std::all_of(cells.begin(), cells.end(), [&](const Cell& cell) {
        return cell.vcpus > 0 && cell.vcpus == cells.front().vcpus &&
               cell.vcpus % cpus.threads == 0;
    });
    cpus.sockets = even && !cells.empty() ? static_cast<unsigned>(cells.size()) : 1;
    cpus.cores = cpus.count / (cpus.sockets * cpus.threads);
    cpus.topoext = topoext && cpus.threads > 1;
}

}  // namespace early_bind
