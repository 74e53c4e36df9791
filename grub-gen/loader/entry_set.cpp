// SPDX-License-Identifier: MIT
#include "grub-gen/loader/entry_set.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/pci/gpu.hpp"

namespace early_bind {
namespace {

bool is_shown(const TableProfile& profile) {
    return has_entry(profile.status) && !profile.hidden;
}

/// The profiles that get entries; those with an argument that cannot stand in one are left out.
std::vector<const TableProfile*> profiles_with_entry(const BootTable& table,
                                                     std::vector<std::string>& warnings) {
    std::vector<const TableProfile*> profiles;
    for (const auto& profile : table.profiles) {
        if (!is_shown(profile)) {
            continue;
        }
        const auto wrong =
            std::find_if(profile.arguments.begin(), profile.arguments.end(),
                         [](const std::string& a) { return !argument_mistake(a).empty(); });
        if (wrong == profile.arguments.end()) {
            profiles.push_back(&profile);
        } else {
            warnings.push_back(
                fmt::format("leaving out the profile {}: its argument `{}` is "
                            "refused: {}",
                            profile.name, *wrong, argument_mistake(*wrong)));
        }
    }
    return profiles;
}

}  // namespace

EntrySet make_entry_set(const BootTable& table, const std::vector<TitleGpu>& gpus,
                        const MachineFacts& facts, const std::vector<StockEntry>& stock) {
    EntrySet set;
    const auto profiles = profiles_with_entry(table, set.warnings);
    for (std::size_t i = 0; i < stock.size(); ++i) {
        const auto& kernel = stock[i].kernel;
        const auto iommu = iommu_arguments(facts, kernel, stock[i].arguments);
        append_once(set.warnings, iommu.warning);
        for (const auto* profile : profiles) {
            const auto title = profile->title.empty()
                                   ? profile_title(gpus, profile->keep, profile->pass)
                                   : profile->title;
            set.layouts.push_back({i, kernel, profile->name,
                                   i == 0 ? title : older_kernel_title(kernel, title),
                                   entry_arguments(profile->name, table.revision, iommu.arguments,
                                                   profile->arguments)});
        }
    }
    return set;
}

bool has_layouts(const BootTable& table) {
    return std::any_of(table.profiles.begin(), table.profiles.end(), is_shown);
}

std::string older_kernel_title(const std::string& kernel, const std::string& title) {
    return fmt::format("Linux {}: {}", kernel, title);
}

std::string too_long(const Layout& layout, std::size_t length) {
    return fmt::format(
        "leaving out the profile {} for Linux {}: its kernel command line would have {} bytes, the "
        "kernel takes {}",
        layout.profile, layout.kernel, length, kCommandLineLimit);
}

std::vector<TitleGpu> title_gpus(const BootTable& table, const Names& names) {
    // Which display is a management one depends on its ids alone, which the table has.
    std::vector<pci::Function> functions;
    for (const auto& gpu : table.gpus) {
        pci::Function function;
        function.address = gpu.functions.front().address;
        function.identity = gpu.functions.front().identity;
        functions.push_back(function);
    }
    const auto known = pci::find_gpus(pci::Inventory(functions, 0));
    std::vector<TitleGpu> gpus;
    for (const auto& gpu : table.gpus) {
        const auto address = gpu.functions.front().address;
        const bool management =
            std::any_of(known.begin(), known.end(), [&address](const pci::Gpu& other) {
                return other.address == address && other.role == pci::Role::management;
            });
        const auto& ids = gpu.functions.front().identity.ids;
        gpus.push_back(
            {names.knows(ids) ? names.gpu_name(ids) : gpu.name, to_string(address), management});
    }
    return gpus;
}

void append_once(std::vector<std::string>& sentences, const std::string& sentence) {
    if (!sentence.empty() &&
        std::find(sentences.begin(), sentences.end(), sentence) == sentences.end()) {
        sentences.push_back(sentence);
    }
}

}  // namespace early_bind
