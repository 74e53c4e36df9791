// SPDX-License-Identifier: MIT
#include "grub-gen/selector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/pci/selector.hpp"
#include "core/text.hpp"

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

/// Why a function cannot be in the static set; empty when it can.
std::string static_fault(const Function& function, const std::vector<Gpu>& gpus,
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
                "the host; take it out of `static`",
                name, to_string(gpu->address));
        }
        return gpu->address == function.address
                   ? fmt::format(
                         "{} is a GPU, and GPUs are chosen by the profiles; take it out of "
                         "`static`",
                         name)
                   : fmt::format(
                         "{} belongs to the GPU {}, and GPUs are chosen by the profiles; "
                         "take it out of `static`",
                         name, to_string(gpu->address));
    }
    for (const auto& guard : guarded) {
        if (guard.address == function.address) {
            return fmt::format(
                "{} carries {} of this host and is never passed; take it out of "
                "`static`",
                name, guard.what);
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

Result<Choices> resolve_choices(const Config& config, const Inventory& inventory,
                                const std::vector<Gpu>& gpus,
                                const std::vector<GuardedFunction>& guarded) {
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
    for (const auto& selector : config.statics) {
        const auto matches = resolve(selector.text, inventory);
        if (!matches) {
            return fail(at_position(selector.position, matches.error().what));
        }
        for (const auto& address : *matches) {
            const std::string fault = static_fault(*inventory.find(address), gpus, guarded);
            if (!fault.empty()) {
                return fail(at_position(selector.position, fault));
            }
            choices.statics.insert(address);
        }
    }
    return choices;
}

}  // namespace early_bind
