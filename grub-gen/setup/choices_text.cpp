// SPDX-License-Identifier: MIT
#include "grub-gen/setup/choices_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace early_bind::setup {
namespace {

using pci::Address;

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string out;
    for (const auto& word : words) {
        out += out.empty() ? "" : separator;
        out += word;
    }
    return out;
}

std::string function_name(const Machine& machine, const Address& address) {
    const auto& identity = machine.inventory.find(address)->identity;
    return machine.names->function_name(identity.ids, identity.class_code);
}

std::string group_text(const pci::Function& function) {
    return function.group ? fmt::format("group {}", *function.group) : std::string("no group");
}

std::string row(std::string_view label, std::string_view text) {
    return fmt::format("       {:<11} {}\n", label, text);
}

std::string monitors_text(const pci::Gpu& gpu, const Machine& machine, const Monitors& monitors) {
    std::vector<std::string> connectors;
    for (const auto& address : gpu.functions) {
        if (const auto found = monitors.find(address); found != monitors.end()) {
            connectors.insert(connectors.end(), found->second.begin(), found->second.end());
        }
    }
    if (!connectors.empty()) {
        return "connected to " + text::join_words(connectors);
    }
    const auto& driver = machine.inventory.find(gpu.address)->driver;
    return driver.empty() || driver == "vfio-pci" ? "not known without a display driver"
                                                  : "none connected";
}

std::string gpu_text(const pci::Gpu& gpu, std::size_t number, const Machine& machine,
                     const Monitors& monitors) {
    std::string out = fmt::format("  {:>3}  {}  {}  ({}{})\n", number, to_string(gpu.address),
                                  machine.gpu_name(gpu), to_string(gpu.role),
                                  gpu.boot_display ? ", boot display" : "");
    out += row("monitors", monitors_text(gpu, machine, monitors));
    std::set<int> groups;
    for (const auto& address : gpu.functions) {
        if (const auto group = machine.inventory.find(address)->group) {
            groups.insert(*group);
        }
    }
    std::vector<std::string> numbers;
    numbers.reserve(groups.size());
    for (const int group : groups) {
        numbers.push_back(fmt::format("{}", group));
    }
    out += row(groups.size() == 1 ? "IOMMU group" : "IOMMU groups",
               groups.empty() ? "none in this boot" : text::join_words(numbers));
    std::string_view label = "goes along";
    for (const auto& address :
         machine.inventory.closure({gpu.functions.begin(), gpu.functions.end()})) {
        if (!std::binary_search(gpu.functions.begin(), gpu.functions.end(), address)) {
            out += row(label,
                       fmt::format("{}  {}", to_string(address), function_name(machine, address)));
            label = "";
        }
    }
    return out;
}

/// What is configured for a profile.
ResourceRequest request_of(const Machine& machine, const std::string& profile) {
    const auto* own = machine.config.find(profile);
    return own != nullptr ? own->resources : ResourceRequest{};
}

/// The words that all these profiles have in common.
template <class Words>
std::optional<std::string> common(const Machine& machine, const std::vector<std::string>& profiles,
                                  Words words) {
    std::set<std::string> different;
    for (const auto& profile : profiles) {
        different.insert(words(request_of(machine, profile)));
    }
    return different.size() == 1 ? std::optional(*different.begin()) : std::nullopt;
}

}  // namespace

std::string gpus_text(const Machine& machine, const Monitors& monitors) {
    std::string out;
    for (std::size_t i = 0; i < machine.gpus.size(); ++i) {
        out += gpu_text(machine.gpus[i], i + 1, machine, monitors);
    }
    return out.empty() ? "  none\n" : out;
}

std::string statics_text(const Machine& machine) {
    std::string out;
    std::size_t number = 0;
    for (const auto& address : static_candidates(machine)) {
        const auto& function = *machine.inventory.find(address);
        out += fmt::format("{} {:>3}  {}  {}  {:<9} {}\n",
                           machine.choices.statics.contains(address) ? '*' : ' ', ++number,
                           to_string(address), vendor_device(function.identity.ids),
                           group_text(function), function_name(machine, address));
    }
    return out.empty() ? "  none\n" : out;
}

std::string profiles_text(const Machine& machine) {
    std::string out;
    std::size_t number = 0;
    for (const auto* profile : profiles_with_entry(machine)) {
        out += fmt::format("  {:>3}  {}\n       {}\n", ++number, profile->name,
                           machine.title(*profile));
    }
    return out;
}

std::string memory_text(const Hardware& hardware) {
    if (hardware.mebibytes == 0) {
        return "  how much memory there is is not known\n";
    }
    std::string out = fmt::format("  memory      {} MiB, of which the host needs {} at least\n",
                                  hardware.mebibytes, host_reserve(hardware));
    if (hardware.nodes.size() > 1) {
        for (const auto& node : hardware.nodes) {
            out += fmt::format("  NUMA node {} {} MiB\n", node.number, node.mebibytes);
        }
    }
    std::vector<std::string> pages;
    if (hardware.pages_2m) {
        pages.emplace_back("2M");
    }
    if (hardware.pages_1g) {
        pages.emplace_back("1G");
    }
    return out + fmt::format("  huge pages  {}\n",
                             pages.empty() ? "none" : "of " + text::join_words(pages));
}

std::string cpus_text(const Hardware& hardware) {
    constexpr std::size_t kInLine = 8;
    std::set<std::optional<unsigned>> nodes;
    for (const auto cpu : hardware.online) {
        nodes.insert(hardware.node_of(cpu));
    }
    std::string out;
    for (const auto& node : nodes) {
        std::string label =
            node && nodes.size() > 1 ? fmt::format("node {}", *node) : std::string("cores");
        std::vector<std::string> cores;
        for (const auto cpu : hardware.online) {
            const auto core = hardware.core_of(cpu);
            if (core.front() == cpu && hardware.node_of(cpu) == node) {
                cores.push_back(to_string(core));
            }
        }
        for (std::size_t first = 0; first < cores.size(); first += kInLine) {
            const auto last = std::min(first + kInLine, cores.size());
            out += fmt::format("  {:<11} {}\n", label,
                               joined({cores.begin() + static_cast<std::ptrdiff_t>(first),
                                       cores.begin() + static_cast<std::ptrdiff_t>(last)},
                                      "  "));
            label.clear();
        }
    }
    return out.empty() ? "  which CPUs there are is not known\n" : out;
}

std::string menu_text(const Machine& machine) {
    std::string out;
    for (const auto* profile : profiles_with_entry(machine)) {
        const auto* own = machine.config.find(profile->name);
        if (own != nullptr && own->hidden) {
            continue;
        }
        out += fmt::format("  {}\n", machine.title(*profile));
        if (const auto found = machine.resources.find(profile->name);
            found != machine.resources.end() && !found->second.arguments.empty()) {
            out += fmt::format("      {}\n", joined(found->second.arguments, " "));
        }
    }
    return out.empty() ? "  no entries\n" : out;
}

std::string current_pass(const Machine& machine) {
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < machine.gpus.size(); ++i) {
        const auto& gpu = machine.gpus[i];
        if (gpu.role != pci::Role::management && !machine.choices.host_only.contains(gpu.address)) {
            numbers.push_back(fmt::format("{}", i + 1));
        }
    }
    return numbers.empty() ? "none" : joined(numbers, " ");
}

std::string current_statics(const Machine& machine) {
    std::vector<std::string> numbers;
    const auto known = static_candidates(machine);
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (machine.choices.statics.contains(known[i])) {
            numbers.push_back(fmt::format("{}", i + 1));
        }
    }
    return numbers.empty() ? "none" : joined(numbers, " ");
}

std::string memory_words(const ResourceRequest& request) {
    std::vector<std::string> sizes;
    if (request.memory) {
        for (const auto size : request.memory->mebibytes) {
            sizes.push_back(size_text(size));
        }
    }
    return sizes.empty() ? "off" : joined(sizes, ",");
}

std::string cpus_words(const ResourceRequest& request) {
    return request.cpus ? to_string(request.cpus->cpus) : "off";
}

std::string zram_words(const ResourceRequest& request) {
    if (!request.zram) {
        return "system";
    }
    if (!request.zram->on) {
        return "off";
    }
    return request.zram->mebibytes ? size_text(*request.zram->mebibytes) : "auto";
}

std::optional<std::string> current_memory(const Machine& machine,
                                          const std::vector<std::string>& profiles) {
    return common(machine, profiles, memory_words);
}

std::optional<std::string> current_cpus(const Machine& machine,
                                        const std::vector<std::string>& profiles) {
    return common(machine, profiles, cpus_words);
}

std::optional<std::string> current_zram(const Machine& machine,
                                        const std::vector<std::string>& profiles) {
    return common(machine, profiles, zram_words);
}

}  // namespace early_bind::setup
