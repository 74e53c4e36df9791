// SPDX-License-Identifier: MIT
#include "grub-gen/selector.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/pci/selector.hpp"
#include "core/text.hpp"
#include "grub-gen/gpu_selector.hpp"

namespace early_bind {
namespace {

using pci::Address;
using pci::Function;
using pci::Gpu;
using pci::Inventory;

const Gpu* gpu_of(const Address& address, const std::vector<Gpu>& gpus) {
    const auto found = std::find_if(gpus.begin(), gpus.end(), [&address](const Gpu& gpu) {
        return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
    });
    return found == gpus.end() ? nullptr : &*found;
}

/// Why a function cannot be in the list `key`, which passes what is no GPU; empty when it can.
std::string device_fault(const Function& function, std::string_view key,
                         const std::vector<Gpu>& gpus,
                         const std::vector<GuardedFunction>& guarded) {
    const std::string name = to_string(function.address);
    if (function.bridge) {
        return fmt::format(
            "{} is a bridge, and bridges stay with the host; name the device behind "
            "it",
            name);
    }
    if (function.virtual_function) {
        return fmt::format("{} is a virtual function (SR-IOV); name the physical function instead",
                           name);
    }
    if (const Gpu* gpu = gpu_of(function.address, gpus)) {
        if (gpu->role == pci::Role::management) {
            return fmt::format(
                "{} belongs to the management display {}, which always stays with "
                "the host; take it out of `{}`",
                name, to_string(gpu->address), key);
        }
        return gpu->address == function.address
                   ? fmt::format(
                         "{} is a GPU, and GPUs are chosen by the profiles; take it out of "
                         "`{}`",
                         name, key)
                   : fmt::format(
                         "{} belongs to the GPU {}, and GPUs are chosen by the profiles; "
                         "take it out of `{}`",
                         name, to_string(gpu->address), key);
    }
    for (const auto& guard : guarded) {
        if (guard.address == function.address) {
            return fmt::format(
                "{} carries {} of this host and is never passed; take it out of "
                "`{}`",
                name, guard.what, key);
        }
    }
    return {};
}

}  // namespace

Result<std::vector<Address>> resolve(std::string_view selector, const Inventory& inventory) {
    auto matches = pci::select(selector, inventory);
    const auto shown = text::printable(text::trim(selector).substr(0, 80));
    if (!matches) {
        return fail(fmt::format("`{}` names no device; write {}", shown, pci::kSelectorForms));
    }
    if (matches->empty()) {
        return fail(fmt::format("no function matches `{}`; `grub-gen scan` lists them", shown));
    }
    return std::move(*matches);
}

namespace {

/// The functions that the selectors of the list `key` name.
Result<pci::AddressSet> resolve_devices(const std::vector<WrittenSelector>& selectors,
                                        std::string_view key, const Inventory& inventory,
                                        const std::vector<Gpu>& gpus,
                                        const std::vector<GuardedFunction>& guarded) {
    pci::AddressSet devices;
    for (const auto& selector : selectors) {
        const auto matches = resolve(selector.text, inventory);
        if (!matches) {
            return fail(at_position(selector.position, matches.error().what));
        }
        for (const auto& address : *matches) {
            const auto fault = device_fault(*inventory.find(address), key, gpus, guarded);
            if (!fault.empty()) {
                return fail(at_position(selector.position, fault));
            }
            devices.insert(address);
        }
    }
    return devices;
}

/// The GPUs that may be passed.
pci::AddressSet candidates_of(const std::vector<Gpu>& gpus, const Choices& choices) {
    pci::AddressSet candidates;
    for (const auto& gpu : gpus) {
        if (gpu.role != pci::Role::management && !choices.host_only.contains(gpu.address)) {
            candidates.insert(gpu.address);
        }
    }
    return candidates;
}

/// Which GPUs a profile of the configuration's own passes.
Result<pci::AddressSet> resolve_pass(const ProfileConfig& profile, const Inventory& inventory,
                                     const std::vector<Gpu>& gpus,
                                     const pci::AddressSet& candidates, const Names& names) {
    pci::AddressSet named;
    for (const auto& selector : profile.keep ? *profile.keep : *profile.pass) {
        const auto gpu = select_gpu(selector.text, inventory, gpus, names);
        if (!gpu) {
            return fail(at_position(selector.position, gpu.error().what));
        }
        const auto& address = (*gpu)->address;
        if (profile.pass && !candidates.contains(address)) {
            return fail(at_position(
                selector.position,
                fmt::format("{} stays with the host, {}; take it out of `pass`", to_string(address),
                            (*gpu)->role == pci::Role::management ? "being a management display"
                                                                  : "being in `host_only`")));
        }
        named.insert(address);
    }
    pci::AddressSet pass;
    for (const auto& address : candidates) {
        if (named.contains(address) == profile.pass.has_value()) {
            pass.insert(address);
        }
    }
    if (pass.empty()) {
        return fail(at_position(profile.position,
                                fmt::format("the profile {} passes no GPU; the stock entries are "
                                            "there for that",
                                            profile.name)));
    }
    return pass;
}

/// What the profiles of the configuration say about GPUs and devices.
Result<void> resolve_profiles(const Config& config, const Inventory& inventory,
                              const std::vector<Gpu>& gpus,
                              const std::vector<GuardedFunction>& guarded, const Names& names,
                              Choices& choices) {
    const auto candidates = candidates_of(gpus, choices);
    for (const auto& profile : config.profiles) {
        auto devices = resolve_devices(profile.devices, "devices", inventory, gpus, guarded);
        if (!devices) {
            return tl::unexpected(devices.error());
        }
        if (!devices->empty()) {
            choices.devices[profile.name] = std::move(*devices);
        }
        if (!profile.keep && !profile.pass) {
            continue;
        }
        auto pass = resolve_pass(profile, inventory, gpus, candidates, names);
        if (!pass) {
            return tl::unexpected(pass.error());
        }
        choices.own.push_back({profile.name, std::move(*pass)});
    }
    return {};
}

}  // namespace

Result<Choices> resolve_choices(const Config& config, const Inventory& inventory,
                                const std::vector<Gpu>& gpus,
                                const std::vector<GuardedFunction>& guarded, const Names& names) {
    Choices choices;
    for (const auto& guard : guarded) {
        choices.guarded.insert(guard.address);
    }
    for (const auto& selector : config.host_only) {
        const auto matches = resolve(selector.text, inventory);
        if (!matches) {
            return fail(at_position(selector.position, matches.error().what));
        }
        for (const auto& address : *matches) {
            const Gpu* gpu = gpu_of(address, gpus);
            if (gpu == nullptr) {
                return fail(at_position(
                    selector.position,
                    fmt::format("{} is no GPU and belongs to none, and `host_only` takes "
                                "GPUs; `grub-gen scan` lists them",
                                to_string(address))));
            }
            choices.host_only.insert(gpu->address);
        }
    }
    auto statics = resolve_devices(config.statics, "static", inventory, gpus, guarded);
    if (!statics) {
        return tl::unexpected(statics.error());
    }
    choices.statics = std::move(*statics);
    if (auto done = resolve_profiles(config, inventory, gpus, guarded, names, choices); !done) {
        return tl::unexpected(done.error());
    }
    return choices;
}

Result<std::map<Address, std::string>> resolve_roms(const Config& config,
                                                    const Inventory& inventory,
                                                    const std::vector<Gpu>& gpus,
                                                    const Names& names) {
    std::map<Address, std::string> roms;
    for (const auto& rom : config.roms) {
        const auto wrong = [&rom](const Error& error) {
            return fail(at_position(rom.device.position, error.what));
        };
        if (!pci::select(rom.device.text, inventory)) {
            const auto gpu = select_gpu(rom.device.text, inventory, gpus, names);
            if (!gpu) {
                return wrong(gpu.error());
            }
            roms[(*gpu)->address] = rom.file;
            continue;
        }
        const auto functions = resolve(rom.device.text, inventory);
        if (!functions) {
            return wrong(functions.error());
        }
        for (const auto& address : *functions) {
            const Gpu* gpu = gpu_of(address, gpus);
            roms[gpu != nullptr ? gpu->address : address] = rom.file;
        }
    }
    return roms;
}

}  // namespace early_bind
