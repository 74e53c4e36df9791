// SPDX-License-Identifier: MIT
#include "core/plan/keep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/pci/gpu.hpp"
#include "core/pci/selector.hpp"
#include "core/plan/resolve.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::Gpu;
using pci::Inventory;

/// What a table says about the GPUs of this boot, by the address of any of their functions.
struct Known {
    std::map<Address, std::string> names;
    pci::AddressSet passable;
};

Known known_gpus(const BootTable& table, const Inventory& inventory) {
    Known known;
    const auto resolution = resolve(table, inventory);
    for (std::size_t i = 0; i < table.gpus.size(); ++i) {
        const auto& address = resolution.gpus[i].address;
        if (!address) {
            continue;
        }
        known.names[*address] = table.gpus[i].name;
        if (std::any_of(table.profiles.begin(), table.profiles.end(), [i](const auto& profile) {
                return std::count(profile.pass.begin(), profile.pass.end(), i) > 0;
            })) {
            known.passable.insert(*address);
        }
    }
    return known;
}

std::string gpu_list(const Inventory& inventory, const std::vector<const Gpu*>& gpus) {
    std::vector<std::string> words;
    words.reserve(gpus.size());
    for (const Gpu* gpu : gpus) {
        words.push_back(fmt::format("{} ({})", to_string(gpu->address),
                                    vendor_device(inventory.find(gpu->address)->identity.ids)));
    }
    return words.empty() ? std::string("no GPU") : text::join_words(words);
}

bool has_any(const Gpu& gpu, const std::vector<Address>& addresses) {
    return std::any_of(addresses.begin(), addresses.end(), [&gpu](const Address& address) {
        return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
    });
}

}  // namespace

Result<BootTable> table_that_keeps(std::string_view selector, const Inventory& inventory,
                                   const BootTable* known) {
    const auto argument =
        fmt::format("early-bind.keep={}", text::printable(selector.substr(0, 80)));
    const auto selected = pci::select(selector, inventory);
    if (!selected) {
        return fail(fmt::format("{} names no device; write {}", argument, pci::kSelectorForms));
    }
    const auto gpus = pci::find_gpus(inventory);
    std::vector<const Gpu*> all;
    std::vector<const Gpu*> matching;
    for (const auto& gpu : gpus) {
        all.push_back(&gpu);
        if (has_any(gpu, *selected)) {
            matching.push_back(&gpu);
        }
    }
    if (matching.empty()) {
        return fail(fmt::format("{} matches no GPU; this machine has {}", argument,
                                gpu_list(inventory, all)));
    }
    if (matching.size() > 1) {
        return fail(fmt::format("{} matches several GPUs, name one by its address: {}", argument,
                                gpu_list(inventory, matching)));
    }

    const auto of_table = known != nullptr ? known_gpus(*known, inventory) : Known();
    BootTable table;
    TableProfile profile;
    profile.name = fmt::format("keep={}", text::printable(selector.substr(0, 80)));
    for (const auto& gpu : gpus) {
        TableGpu entry;
        const auto* display = inventory.find(gpu.address);
        const auto name = of_table.names.find(gpu.address);
        entry.name =
            name != of_table.names.end() ? name->second : vendor_device(display->identity.ids);
        entry.functions.push_back({display->identity, gpu.address});
        for (const auto& address : gpu.functions) {
            if (address != gpu.address) {
                entry.functions.push_back({inventory.find(address)->identity, address});
            }
        }
        const bool stays = &gpu == matching.front() || gpu.role == pci::Role::management ||
                           (known != nullptr && !of_table.passable.contains(gpu.address));
        (stays ? profile.keep : profile.pass).push_back(table.gpus.size());
        table.gpus.push_back(std::move(entry));
    }
    if (profile.pass.empty()) {
        return fail(fmt::format("{} leaves no GPU to pass; this machine has {}", argument,
                                gpu_list(inventory, all)));
    }
    table.profiles.push_back(std::move(profile));
    if (known != nullptr) {
        table.statics = known->statics;
        table.guarded = known->guarded;
        table.deadline = known->deadline;
        table.revision = known->revision;
    }
    return table;
}

}  // namespace early_bind
