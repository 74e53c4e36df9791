// SPDX-License-Identifier: MIT
#include <memory>

#include "core/pci/gpu.hpp"
#include "core/pci/selector.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/storage_guard.hpp"
#include "host/commands.hpp"
#include "host/listing/groups.hpp"
#include "host/selection.hpp"

namespace early_bind {
namespace {

struct GroupsWords {
    std::vector<std::string> selectors;
    bool json = false;
};

/// select_functions(), and what it has no use for: bridges and virtual functions by their address,
/// and a function of a card without the rest.
Result<pci::AddressSet> select(const std::vector<std::string>& selectors,
                               const pci::Inventory& inventory, const std::vector<pci::Gpu>& gpus,
                               const Names& names) {
    pci::AddressSet all;
    for (const auto& selector : selectors) {
        if (const auto named = pci::select(selector, inventory); named && !named->empty()) {
            all.insert(named->begin(), named->end());
            continue;
        }
        auto others = select_functions({selector}, inventory, gpus, names);
        if (!others) {
            return others;
        }
        all.insert(others->begin(), others->end());
    }
    return all;
}

int show(const sysfs::Root& root, const GroupsWords& words) {
    const auto inventory = pci::read_inventory(root);
    if (!inventory) {
        return failed(inventory.error());
    }
    warn(inventory->warnings);
    const auto guard = guarded_functions(root);
    if (!guard) {
        warn({guard.error().what});
    }
    const auto guarded = guard.value_or(Guard());
    warn(guarded.warnings);
    const Names names(root);
    const auto gpus = pci::find_gpus(*inventory);
    auto listing = list_groups(root, *inventory, gpus, names, guarded.functions);
    if (!words.selectors.empty()) {
        const auto wanted = select(words.selectors, *inventory, gpus, names);
        if (!wanted) {
            return failed(wanted.error());
        }
        listing = only(listing, *wanted);
    }
    print(words.json ? render_groups_json(listing) : render_groups(listing));
    return kGood;
}

}  // namespace

Command groups_command(CLI::App& program) {
    auto* commands = program.add_subcommand("groups", "list the IOMMU groups with their devices");
    const auto words = std::make_shared<GroupsWords>();
    commands->add_option(
        "SELECTOR", words->selectors,
        std::string("only the groups of these devices: ") + std::string(kSelectionForms));
    commands->add_flag("--json", words->json, "as JSON");
    return {commands, [words](const sysfs::Root& root) -> int { return show(root, *words); }};
}

}  // namespace early_bind
