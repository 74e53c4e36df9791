// SPDX-License-Identifier: MIT
#include "host/selection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "core/pci/selector.hpp"
#include "core/text.hpp"
#include "grub-gen/gpu_selector.hpp"

namespace early_bind {
namespace {

using pci::AddressSet;

constexpr std::string_view kGroup = "group:";
constexpr std::string_view kGpu = "gpu:";
constexpr std::size_t kLongestPattern = 256;

/// `[DDDD:]BB:DD`, the address of a slot: that of its function 0.
std::optional<pci::Address> parse_slot(std::string_view text) {
    const auto whole = text::lower_case(text) + ".0";
    const auto address = pci::parse_address(whole);
    return address ? address : pci::parse_address("0000:" + whole);
}

class Selection {
  public:
    Selection(const pci::Inventory& inventory, const std::vector<pci::Gpu>& gpus,
              const Names& names)
        : inventory_(inventory), gpus_(gpus), names_(names) {}

    Result<AddressSet> select(std::string_view selector) const {
        if (selector.starts_with(kGroup)) {
            const auto named = select(text::trim(selector.substr(kGroup.size())));
            return named ? of_groups(*named, selector) : named;
        }
        if (selector.starts_with(kGpu)) {
            const auto gpu = select_gpu(selector.substr(kGpu.size()), inventory_, gpus_, names_);
            return gpu ? Result<AddressSet>(
                             AddressSet((*gpu)->functions.begin(), (*gpu)->functions.end()))
                       : tl::unexpected(gpu.error());
        }
        if (const auto slot = parse_slot(selector)) {
            return found(endpoints([&slot](const pci::Function& function) {
                             return function.address.same_slot(*slot);
                         }),
                         selector, "no device is in the slot");
        }
        if (const auto named = pci::select(selector, inventory_)) {
            return of_addresses(*named, selector);
        }
        return of_names(selector);
    }

    /// With the rest of each card of which there is a function.
    AddressSet whole_cards(AddressSet functions) const {
        for (const auto& gpu : gpus_) {
            if (std::any_of(gpu.functions.begin(), gpu.functions.end(),
                            [&](const auto& address) { return functions.contains(address); })) {
                functions.insert(gpu.functions.begin(), gpu.functions.end());
            }
        }
        return functions;
    }

  private:
    static std::string shown(std::string_view selector) {
        return text::printable(selector.substr(0, kLongestPattern));
    }

    static Result<AddressSet> found(AddressSet functions, std::string_view selector,
                                    std::string_view otherwise) {
        if (functions.empty()) {
            return fail(fmt::format("{} `{}`; `early-bind groups` lists what is there", otherwise,
                                    shown(selector)));
        }
        return functions;
    }

    template <class Fits>
    AddressSet endpoints(Fits fits) const {
        AddressSet functions;
        for (const auto& function : inventory_.functions()) {
            if (function.is_endpoint() && fits(function)) {
                functions.insert(function.address);
            }
        }
        return functions;
    }

    Result<AddressSet> of_addresses(const std::vector<pci::Address>& named,
                                    std::string_view selector) const {
        for (const auto& address : named) {
            const auto* function = inventory_.find(address);
            if (function->bridge) {
                return fail(fmt::format("{} is a bridge, and bridges stay with the host",
                                        to_string(address)));
            }
            if (function->virtual_function) {
                return fail(
                    fmt::format("{} is a virtual function of SR-IOV, which early-bind "
                                "leaves to the tools that make them",
                                to_string(address)));
            }
        }
        return found({named.begin(), named.end()}, selector, "no device of this machine is");
    }

    Result<AddressSet> of_groups(const AddressSet& named, std::string_view selector) const {
        for (const auto& address : named) {
            if (!inventory_.find(address)->group) {
                return fail(fmt::format("{} is in no IOMMU group, so `{}` names none",
                                        to_string(address), shown(selector)));
            }
        }
        return inventory_.closure(named);
    }

    Result<AddressSet> of_names(std::string_view pattern) const {
        if (pattern.empty() || pattern.size() > kLongestPattern) {
            return fail(fmt::format("a selector is {}", kSelectionForms));
        }
        try {
            const std::regex expression(std::string(pattern),
                                        std::regex::ECMAScript | std::regex::icase);
            return found(endpoints([&](const pci::Function& function) {
                             return std::regex_search(listed_name(function, names_), expression);
                         }),
                         pattern, "no device has a name that fits");
        } catch (const std::regex_error& error) {
            return fail(fmt::format("`{}` is no regular expression: {}; a selector is {}",
                                    shown(pattern), error.what(), kSelectionForms));
        }
    }

    const pci::Inventory& inventory_;
    const std::vector<pci::Gpu>& gpus_;
    const Names& names_;
};

}  // namespace

Result<AddressSet> select_functions(const std::vector<std::string>& selectors,
                                    const pci::Inventory& inventory,
                                    const std::vector<pci::Gpu>& gpus, const Names& names) {
    const Selection selection(inventory, gpus, names);
    AddressSet all;
    for (const auto& selector : selectors) {
        auto functions = selection.select(text::trim(selector));
        if (!functions) {
            return functions;
        }
        all.insert(functions->begin(), functions->end());
    }
    return selection.whole_cards(std::move(all));
}

std::string listed_name(const pci::Function& function, const Names& names) {
    const auto& identity = function.identity;
    return fmt::format("{} [{}]", names.function_name(identity.ids, identity.class_code),
                       vendor_device(identity.ids));
}

}  // namespace early_bind
