// SPDX-License-Identifier: MIT
#include "host/display/read.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "core/pci/selector.hpp"
#include "core/plan/resolve.hpp"
#include "early-bind/status.hpp"
#include "early-bind/system.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/setup/monitors.hpp"
#include "host/display/nodes.hpp"

namespace early_bind::display {
namespace {

/// The GPUs of a profile that it keeps and that another one passes: those that any profile keeps
/// say nothing about this one.
std::set<std::size_t> kept_by_choice(const BootTable& table, const TableProfile& profile) {
    std::set<std::size_t> kept;
    for (const auto gpu : profile.keep) {
        const bool passed_elsewhere = std::any_of(
            table.profiles.begin(), table.profiles.end(), [gpu](const TableProfile& other) {
                return std::find(other.pass.begin(), other.pass.end(), gpu) != other.pass.end();
            });
        if (passed_elsewhere) {
            kept.insert(gpu);
        }
    }
    return kept;
}

/// Functions of the GPUs that the layout of this boot is there to keep.
pci::AddressSet chosen_functions(const sysfs::Root& root, const pci::Inventory& inventory) {
    auto tokens = read_tokens(root);
    const auto report = read_report(root);
    if (!tokens || !report) {
        return {};
    }
    if (tokens->off) {
        tokens->profile.reset();
        tokens->keep.reset();
    }
    const auto asked = asked_now(*tokens, *report);
    constexpr std::string_view kKeep = "keep=";
    if (asked.starts_with(kKeep)) {
        const auto selected = pci::select(asked.substr(kKeep.size()), inventory);
        return selected ? pci::AddressSet(selected->begin(), selected->end()) : pci::AddressSet();
    }
    const auto read = read_boot_table(root);
    const auto* profile = read.table ? read.table->find(asked) : nullptr;
    if (profile == nullptr) {
        return {};
    }
    const auto resolution = resolve(*read.table, inventory);
    pci::AddressSet chosen;
    for (const auto gpu : kept_by_choice(*read.table, *profile)) {
        if (const auto& address = resolution.gpus[gpu].address) {
            chosen.insert(*address);
        }
    }
    return chosen;
}

bool is_complete(const std::vector<DisplayGpu>& gpus) {
    return !is_needed(gpus) || std::all_of(gpus.begin(), gpus.end(), [](const DisplayGpu& gpu) {
        return gpu.is_passed() || gpu.role == pci::Role::management || !gpu.card.empty();
    });
}

}  // namespace

Result<std::vector<DisplayGpu>> read_gpus(const sysfs::Root& root) {
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return tl::unexpected(inventory.error());
    }
    const auto chosen = chosen_functions(root, *inventory);
    const auto nodes = read_nodes(root);
    const auto monitors = setup::read_monitors(root);
    const Names names(root);
    std::vector<DisplayGpu> gpus;
    for (const auto& gpu : pci::find_gpus(*inventory)) {
        const auto* function = inventory->find(gpu.address);
        DisplayGpu made;
        made.address = gpu.address;
        made.name = names.gpu_name(function->identity.ids);
        made.role = gpu.role;
        made.driver = function->driver;
        made.boot_display = gpu.boot_display;
        for (const auto& address : gpu.functions) {
            made.chosen = made.chosen || chosen.contains(address);
            if (const auto found = nodes.find(address); found != nodes.end()) {
                made.card = found->second.card;
                made.render = found->second.render;
            }
            if (const auto found = monitors.find(address); found != monitors.end()) {
                made.monitors = found->second;
            }
        }
        gpus.push_back(std::move(made));
    }
    return gpus;
}

Result<std::vector<DisplayGpu>> await_gpus(const sysfs::Root& root,
                                           std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds kStep(100);
    auto gpus = read_gpus(root);
    for (auto waited = kStep; gpus && !is_complete(*gpus) && waited <= limit; waited += kStep) {
        std::this_thread::sleep_for(kStep);
        gpus = read_gpus(root);
    }
    return gpus;
}

}  // namespace early_bind::display
