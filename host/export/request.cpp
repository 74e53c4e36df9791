// SPDX-License-Identifier: MIT
#include "host/export/request.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/plan/plan.hpp"
#include "core/text.hpp"
#include "grub-gen/selector.hpp"
#include "grub-gen/suggestion.hpp"
#include "host/selection.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::AddressSet;

Result<const Profile*> find_profile(const Machine& machine, const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& profile : machine.profiles) {
        if (profile.name == name) {
            if (has_entry(profile.status)) {
                return &profile;
            }
            return fail(fmt::format("the profile {} cannot be booted: {}; {}", name,
                                    profile.reasons.front().text,
                                    info(profile.reasons.front().code).next));
        }
        names.push_back(profile.name);
    }
    const auto hint = did_you_mean(name, names);
    return fail(fmt::format("there is no profile `{}`{}", text::printable(name.substr(0, 80)),
                            hint.empty() ? "; `grub-gen scan` lists them" : hint));
}

AddressSet on_vfio(const pci::Inventory& inventory) {
    AddressSet functions;
    for (const auto& function : inventory.functions()) {
        if (function.driver == kVfio) {
            functions.insert(function.address);
        }
    }
    return functions;
}

std::vector<Address> listed(const AddressSet& functions) {
    return {functions.begin(), functions.end()};
}

/// What is there to pass, before the user chooses among it.
Result<AddressSet> available(const Machine& machine, const ExportRequest& request) {
    if (request.profile.empty()) {
        auto functions = on_vfio(machine.inventory);
        if (functions.empty()) {
            return fail(
                "no device is on vfio-pci in this boot; boot a layout that passes some, or name "
                "one with --profile");
        }
        return functions;
    }
    const auto profile = find_profile(machine, request.profile);
    if (!profile) {
        return tl::unexpected(profile.error());
    }
    AddressSet functions((*profile)->bind.begin(), (*profile)->bind.end());
    functions.insert(machine.choices.statics.begin(), machine.choices.statics.end());
    return functions;
}

Result<AddressSet> chosen(const Machine& machine, const ExportRequest& request) {
    auto all = available(machine, request);
    if (!all || request.devices.empty()) {
        return all;
    }
    const auto named =
        select_functions(request.devices, machine.inventory, machine.gpus, *machine.names);
    if (!named) {
        return tl::unexpected(named.error());
    }
    AddressSet strange;
    std::set_difference(named->begin(), named->end(), all->begin(), all->end(),
                        std::inserter(strange, strange.end()));
    if (!strange.empty()) {
        return fail(fmt::format("{} {} not for VMs {}, only {} {}", in_words(listed(strange)),
                                strange.size() == 1 ? "is" : "are",
                                request.profile.empty() ? std::string("in this boot")
                                                        : "with the profile " + request.profile,
                                in_words(listed(*all)), all->size() == 1 ? "is" : "are"));
    }
    return *named;
}

/// The function that a ROM is for: a GPU's display function, whatever function of the card was
/// named.
Result<AddressSet> rom_functions(const Machine& machine, const std::string& selector) {
    auto named = select_functions({selector}, machine.inventory, machine.gpus, *machine.names);
    if (!named) {
        return named;
    }
    AddressSet functions = *named;
    for (const auto& gpu : machine.gpus) {
        const bool any = std::any_of(gpu.functions.begin(), gpu.functions.end(),
                                     [&](const Address& own) { return functions.erase(own) > 0; });
        if (any) {
            for (const auto& own : gpu.functions) {
                functions.erase(own);
            }
            functions.insert(gpu.address);
        }
    }
    return functions;
}

/// The configuration's, and what the user says instead of them for this VM.
Result<std::map<Address, std::string>> make_roms(const Machine& machine,
                                                 const ExportRequest& request,
                                                 const AddressSet& passed,
                                                 std::vector<std::string>& warnings) {
    auto configured = resolve_roms(machine.config, machine.inventory, machine.gpus, *machine.names);
    for (const auto& fault : configured.faults) {
        warnings.push_back(fmt::format("[rom] of the configuration, {}", fault));
    }
    auto roms = std::move(configured.files);
    for (const auto& [selector, file] : request.roms) {
        const auto functions = rom_functions(machine, selector);
        if (!functions) {
            return tl::unexpected(functions.error());
        }
        for (const auto& address : *functions) {
            if (!passed.contains(address)) {
                return fail(fmt::format("--rom {}: the VM does not get {}, only {}",
                                        text::printable(selector), to_string(address),
                                        in_words(listed(passed))));
            }
            roms[address] = file;
        }
    }
    return roms;
}

/// Memory and CPUs that a profile says, and what the user says instead.
Result<VmNeeds> make_needs(const Machine& machine, const Tokens& tokens,
                           const ExportRequest& request, std::vector<std::string>& warnings) {
    const auto name = request.profile.empty() ? tokens.profile.value_or("") : request.profile;
    const auto* own = machine.config.find(name);
    const auto resources = machine.resources.find(name);
    VmNeeds needs;
    if (own != nullptr && resources != machine.resources.end()) {
        if (own->resources.memory) {
            needs.mebibytes = own->resources.memory->mebibytes;
            needs.per_node = own->resources.memory->per_node;
            needs.page_mebibytes = resources->second.page_mebibytes;
        }
        if (own->resources.cpus) {
            needs.cpus = own->resources.cpus->cpus;
            needs.isolated = true;
        }
    }
    if (request.mebibytes) {
        const auto all =
            std::accumulate(needs.mebibytes.begin(), needs.mebibytes.end(), std::uint64_t{0});
        if (needs.page_mebibytes > 0 &&
            (*request.mebibytes > all || *request.mebibytes % needs.page_mebibytes != 0)) {
            return fail(
                fmt::format("--memory takes a part of the {} MiB of huge pages that the "
                            "profile {} sets aside, in steps of {} MiB",
                            all, name, needs.page_mebibytes));
        }
        needs.mebibytes = {*request.mebibytes};
        needs.per_node = false;
    }
    if (request.cpus) {
        const auto isolated = needs.cpus;
        if (const auto strange = without(*request.cpus, machine.hardware.online);
            !strange.empty() && !machine.hardware.online.empty()) {
            return fail(fmt::format("--cpus has {}, and this machine has the CPUs {}",
                                    to_string(strange), to_string(machine.hardware.online)));
        }
        const auto shared = without(*request.cpus, isolated);
        if (needs.isolated && !shared.empty() && shared.size() < request.cpus->size()) {
            warnings.push_back(fmt::format("CPU {} is not among those that the profile {} isolates",
                                           to_string(shared), name));
        }
        needs.cpus = *request.cpus;
        needs.isolated = needs.isolated && shared.size() < request.cpus->size();
    }
    if (!needs.cpus.empty() && request.vcpus > needs.cpus.size()) {
        return fail(
            fmt::format("--vcpus {} is more than the {} CPUs that there are for the VM "
                        "({})",
                        request.vcpus, needs.cpus.size(), to_string(needs.cpus)));
    }
    needs.vcpus = request.vcpus;
    return needs;
}

/// Devices that libvirt or a user would have to take from their driver first.
void warn_of_drivers(const pci::Inventory& inventory, const AddressSet& functions,
                     const std::string& profile, std::vector<std::string>& warnings) {
    std::vector<Address> elsewhere;
    for (const auto& address : functions) {
        if (inventory.find(address)->driver != kVfio) {
            elsewhere.push_back(address);
        }
    }
    if (!elsewhere.empty()) {
        warnings.push_back(
            fmt::format("{} {} not on vfio-pci in this boot; boot the profile {} "
                        "before the VM is started",
                        in_words(elsewhere), elsewhere.size() == 1 ? "is" : "are", profile));
    }
}

}  // namespace

Result<DescribedVm> describe_vm(const Machine& machine, const Tokens& tokens, bool topoext,
                                const ExportRequest& request) {
    DescribedVm described;
    const auto functions = chosen(machine, request);
    if (!functions) {
        return tl::unexpected(functions.error());
    }
    const auto roms = make_roms(machine, request, *functions, described.warnings);
    if (!roms) {
        return tl::unexpected(roms.error());
    }
    const auto needs = make_needs(machine, tokens, request, described.warnings);
    if (!needs) {
        return tl::unexpected(needs.error());
    }
    warn_of_drivers(machine.inventory, *functions, request.profile, described.warnings);
    described.vm.cards =
        make_cards(machine.inventory, machine.gpus, *functions, *roms, *machine.names);
    set_needs(described.vm, *needs, machine.hardware, topoext);
    return described;
}

Result<CpuList> pinned_cpus(const Machine& machine, const Tokens& tokens,
                            const ExportRequest& request) {
    if (!request.profile.empty()) {
        if (const auto profile = find_profile(machine, request.profile); !profile) {
            return tl::unexpected(profile.error());
        }
    }
    std::vector<std::string> warnings;
    const auto needs = make_needs(machine, tokens, request, warnings);
    if (!needs) {
        return tl::unexpected(needs.error());
    }
    Vm vm;
    set_needs(vm, *needs, machine.hardware, false);
    if (vm.cpus.host.empty()) {
        return fail(
            "there are no CPUs to pin to: give --cpus, or `cpus` to the profile in the "
            "configuration");
    }
    return vm.cpus.host;
}

}  // namespace early_bind
