// SPDX-License-Identifier: MIT
#include "grub-gen/machine_facts.hpp"

#include <algorithm>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

std::string read_line(const sysfs::Root& root, const std::string& path) {
    const auto content = root.read(path);
    return content ? std::string(text::trim(*content)) : std::string();
}

/// Whether there are GPUs that may be passed, and all of them are in a group.
bool are_gpus_grouped(const pci::Inventory& inventory) {
    std::vector<pci::Gpu> candidates;
    for (auto& gpu : pci::find_gpus(inventory)) {
        if (gpu.role != pci::Role::management) {
            candidates.push_back(std::move(gpu));
        }
    }
    return !candidates.empty() &&
           std::all_of(candidates.begin(), candidates.end(), [&inventory](const pci::Gpu& gpu) {
               return inventory.find(gpu.address)->group.has_value();
           });
}

}  // namespace

MachineFacts read_machine_facts(const sysfs::Root& root) {
    MachineFacts facts;
    facts.dmar = root.exists("sys/firmware/acpi/tables/DMAR");
    facts.ivrs = root.exists("sys/firmware/acpi/tables/IVRS");
    facts.kernel_release = read_line(root, "proc/sys/kernel/osrelease");
    facts.command_line = read_line(root, "proc/cmdline");
    if (const auto inventory = pci::read_inventory(root)) {
        facts.iommu_groups = inventory->group_count();
        facts.all_gpus_grouped = are_gpus_grouped(*inventory);
    }
    return facts;
}

}  // namespace early_bind
