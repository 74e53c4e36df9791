// SPDX-License-Identifier: MIT
#include "grub-gen/entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "core/pci/gpu.hpp"
#include "grub-gen/distribution_entries.hpp"
#include "grub-gen/kernel_arguments.hpp"
#include "grub-gen/machine_facts.hpp"
#include "grub-gen/menu.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

/// Reads and parses the table; nothing when there is none or it cannot be used.
std::optional<BootTable> read_table(const sysfs::Root& root, std::vector<std::string>& warnings) {
    const auto warn = [&warnings](std::string_view what) {
        warnings.push_back(fmt::format("{}; leaving the GPU layouts out of the menu", what));
        return std::nullopt;
    };
    const char* other = std::getenv("EARLY_BIND_TABLE");
    Result<std::string> text;
    std::string name;
    if (other != nullptr) {
        name = other;
        const auto slash = name.rfind('/');
        const auto directory = sysfs::Root::open(
            slash == std::string::npos ? "." : name.substr(0, std::max<std::size_t>(slash, 1)));
        text = directory ? directory->read(name.substr(slash + 1), kBootTableLimit)
                         : tl::unexpected(directory.error());
    } else if (root.exists(kBootTablePath)) {
        name = root.outside_path(kBootTablePath);
        text = root.read(kBootTablePath, kBootTableLimit);
    } else {
        return std::nullopt;
    }
    if (!text) {
        return warn(text.error().what);
    }
    auto table = parse_boot_table(*text);
    if (!table) {
        return warn(fmt::format("the boot table {} is damaged: {}", name, table.error().what));
    }
    return std::move(*table);
}

/// The profiles that get entries; those with an argument that cannot stand in one are left out.
std::vector<const TableProfile*> profiles_with_entry(const BootTable& table,
                                                     std::vector<std::string>& warnings) {
    std::vector<const TableProfile*> profiles;
    for (const auto& profile : table.profiles) {
        if (!has_entry(profile.status) || profile.hidden) {
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

/// The menu's text, checked by GRUB's own parser.
std::string checked(std::string text, std::vector<std::string>& warnings) {
    if (text.empty()) {
        return text;
    }
    process::Options options;
    options.input = text;
    options.timeout = std::chrono::seconds(30);
    auto outcome = process::run({"grub-script-check"}, options);
    if (!outcome) {
        outcome = process::run({"grub2-script-check"}, options);  // Fedora, openSUSE
    }
    if (!outcome) {
        warnings.push_back(
            fmt::format("cannot check the entries, leaving the GPU layouts out of the menu: {}",
                        outcome.error().what));
        return {};
    }
    if (outcome->status != 0) {
        warnings.emplace_back(
            "grub-script-check refuses the entries, leaving the GPU layouts out of the menu");
        return {};
    }
    return text;
}

void append_once(std::vector<std::string>& sentences, const std::string& sentence) {
    if (!sentence.empty() &&
        std::find(sentences.begin(), sentences.end(), sentence) == sentences.end()) {
        sentences.push_back(sentence);
    }
}

}  // namespace

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

Entries make_entries(const sysfs::Root& root) {
    Entries result;
    const auto table = read_table(root, result.warnings);
    if (!table) {
        return result;
    }
    const auto profiles = profiles_with_entry(*table, result.warnings);
    if (profiles.empty()) {
        return result;
    }
    if (std::getenv("GRUB_DEVICE") == nullptr) {
        result.warnings.emplace_back(
            "the entries can be made by grub-mkconfig only: call update-grub");
        return result;
    }
    auto distribution = read_distribution_entries(root);
    auto stock = parse_menu(distribution.script);
    for (const auto& warning : distribution.warnings) {
        append_once(result.warnings, warning);
    }
    for (const auto& warning : stock.warnings) {
        append_once(result.warnings, warning);
    }
    const auto kernels = first_of_each_kernel(std::move(stock.entries));
    if (kernels.empty()) {
        result.warnings.emplace_back(
            "the distribution's 10_linux shows no kernels, leaving the GPU layouts out of the "
            "menu");
        return result;
    }
    const auto facts = read_machine_facts(root);
    const auto gpus = title_gpus(*table, Names(root));
    std::vector<LayoutEntry> layouts;
    for (const auto& kernel : kernels) {
        const auto iommu = iommu_arguments(facts, kernel.kernel_version, kernel.arguments);
        append_once(result.warnings, iommu.warning);
        for (const auto* profile : profiles) {
            layouts.push_back({&kernel, profile->name,
                               profile->title.empty()
                                   ? profile_title(gpus, profile->keep, profile->pass)
                                   : profile->title,
                               entry_arguments(profile->name, table->revision, iommu.arguments,
                                               profile->arguments)});
        }
    }
    auto menu = render_menu(layouts);
    for (const auto& warning : menu.warnings) {
        append_once(result.warnings, warning);
    }
    result.out = checked(menu.text + menu.default_text, result.warnings);
    return result;
}

}  // namespace early_bind
