// SPDX-License-Identifier: MIT
#include "host/listing/groups.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "host/selection.hpp"

namespace early_bind {
namespace {

using nlohmann::ordered_json;
using pci::Address;

constexpr const char* kGroups = "sys/kernel/iommu_groups";

/// The ways to reset a function, as its attributes say; nothing when there are no such attributes.
std::optional<std::vector<std::string>> read_reset(const sysfs::Root& root,
                                                   const Address& address) {
    const auto folder = pci::device_directory(address);
    if (const auto content = root.read_attribute(folder + "/reset_method")) {
        std::vector<std::string> methods;
        for (const auto word : text::split(text::trim(*content), ' ')) {
            if (!word.empty()) {
                methods.push_back(text::printable(word));
            }
        }
        return methods;
    }
    if (root.exists(folder + "/reset")) {
        return std::vector<std::string>{"some"};
    }
    return std::nullopt;
}

const pci::Gpu* gpu_of(const Address& address, const std::vector<pci::Gpu>& gpus) {
    const auto found = std::find_if(gpus.begin(), gpus.end(), [&address](const pci::Gpu& gpu) {
        return std::binary_search(gpu.functions.begin(), gpu.functions.end(), address);
    });
    return found == gpus.end() ? nullptr : &*found;
}

/// The numbers of the groups, ascending.
std::vector<int> group_numbers(const sysfs::Root& root) {
    std::vector<int> numbers;
    for (const auto& name : root.list(kGroups).value_or(std::vector<std::string>())) {
        int number = 0;
        const auto [stop, code] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (code == std::errc{} && stop == name.data() + name.size()) {
            numbers.push_back(number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

/// What is to be known of a device besides what it is.
std::vector<std::string> marks(const ListedDevice& device) {
    const auto& function = device.function;
    std::vector<std::string> words;
    if (device.gpu) {
        words.push_back(*device.gpu == function.address
                            ? "GPU " + device.gpu_name
                            : fmt::format("goes with the GPU {}", to_string(*device.gpu)));
    }
    if (function.boot_display) {
        words.emplace_back("boot display");
    }
    if (function.bridge) {
        words.emplace_back("bridge");
    }
    if (function.virtual_function) {
        words.emplace_back("virtual function");
    }
    if (!device.carries.empty()) {
        words.push_back(fmt::format("carries {} of this host", device.carries));
    }
    return words;
}

std::string spaced(const std::vector<std::string>& words, std::string_view between) {
    std::string out;
    for (const auto& word : words) {
        out += fmt::format("{}{}", out.empty() ? "" : between, word);
    }
    return out;
}

/// Two lines: what it is, and what is to be known of it.
std::string device_text(const ListedDevice& device) {
    const auto& function = device.function;
    auto facts = fmt::format("class {:06x}, {}", function.identity.class_code.value,
                             function.driver.empty() ? "no driver" : "driver " + function.driver);
    if (device.reset && !function.bridge) {
        facts += device.reset->empty() ? ", no reset" : ", reset " + spaced(*device.reset, " ");
    }
    if (const auto words = marks(device); !words.empty()) {
        facts += "; " + spaced(words, ", ");
    }
    return fmt::format("    {}  {}\n        {}\n", to_string(function.address), device.name, facts);
}

ordered_json device_json(const ListedDevice& device) {
    const auto& function = device.function;
    const auto& ids = function.identity.ids;
    const auto hex = [](std::uint16_t number) { return fmt::format("{:04x}", number); };
    const auto or_null = [](const std::string& text) {
        return text.empty() ? ordered_json() : ordered_json(text);
    };
    ordered_json json;
    json["address"] = to_string(function.address);
    json["name"] = device.name;
    json["class"] = fmt::format("{:06x}", function.identity.class_code.value);
    json["ids"] = {{"vendor", hex(ids.vendor)},
                   {"device", hex(ids.device)},
                   {"subsystem_vendor", hex(ids.subsystem_vendor)},
                   {"subsystem_device", hex(ids.subsystem_device)}};
    json["location"] = function.identity.location.text();
    json["driver"] = or_null(function.driver);
    json["reset"] = device.reset ? ordered_json(*device.reset) : ordered_json();
    json["gpu"] = device.gpu ? ordered_json(to_string(*device.gpu)) : ordered_json();
    json["boot_display"] = function.boot_display;
    json["bridge"] = function.bridge;
    json["virtual_function"] = function.virtual_function;
    json["carries"] = or_null(device.carries);
    return json;
}

ordered_json devices_json(const std::vector<ListedDevice>& devices) {
    ordered_json list = ordered_json::array();
    for (const auto& device : devices) {
        list.push_back(device_json(device));
    }
    return list;
}

}  // namespace

Listing list_groups(const sysfs::Root& root, const pci::Inventory& inventory,
                    const std::vector<pci::Gpu>& gpus, const Names& names,
                    const std::vector<GuardedFunction>& guarded) {
    const auto device = [&](const pci::Function& function) {
        ListedDevice listed;
        listed.function = function;
        listed.name = listed_name(function, names);
        listed.reset = read_reset(root, function.address);
        if (const auto* gpu = gpu_of(function.address, gpus)) {
            listed.gpu = gpu->address;
            listed.gpu_name = names.gpu_name(inventory.find(gpu->address)->identity.ids);
        }
        for (const auto& guard : guarded) {
            if (guard.address == function.address) {
                listed.carries = guard.what;
            }
        }
        return listed;
    };
    Listing listing;
    listing.group_count = inventory.group_count();
    pci::AddressSet grouped;
    for (const int number : group_numbers(root)) {
        ListedGroup group;
        group.number = number;
        const auto members = root.list(fmt::format("{}/{}/devices", kGroups, number));
        for (const auto& name : members.value_or(std::vector<std::string>())) {
            const auto address = pci::parse_address(name);
            const auto* function = address ? inventory.find(*address) : nullptr;
            if (function == nullptr) {
                group.others.push_back(text::printable(name));
            } else if (grouped.insert(*address).second) {
                group.devices.push_back(device(*function));
            }
        }
        if (!group.devices.empty() || !group.others.empty()) {
            listing.groups.push_back(std::move(group));
        }
    }
    for (const auto& function : inventory.functions()) {
        if (!grouped.contains(function.address)) {
            listing.ungrouped.push_back(device(function));
        }
    }
    // Where there is one such attribute, a function without has no way to be reset; where there is
    // none at all, this is a recording, which has not got them.
    const auto all = [&listing](auto change) {
        for (auto& group : listing.groups) {
            std::for_each(group.devices.begin(), group.devices.end(), change);
        }
        std::for_each(listing.ungrouped.begin(), listing.ungrouped.end(), change);
    };
    bool known = false;
    all([&known](const ListedDevice& listed) { known = known || listed.reset.has_value(); });
    if (known) {
        all([](ListedDevice& listed) {
            listed.reset = listed.reset.value_or(std::vector<std::string>());
        });
    }
    return listing;
}

Listing only(const Listing& listing, const pci::AddressSet& wanted) {
    const auto is_wanted = [&wanted](const ListedDevice& device) {
        return wanted.contains(device.function.address);
    };
    Listing some;
    some.group_count = listing.group_count;
    std::copy_if(listing.groups.begin(), listing.groups.end(), std::back_inserter(some.groups),
                 [&](const ListedGroup& group) {
                     return std::any_of(group.devices.begin(), group.devices.end(), is_wanted);
                 });
    std::copy_if(listing.ungrouped.begin(), listing.ungrouped.end(),
                 std::back_inserter(some.ungrouped), is_wanted);
    return some;
}

std::string render_groups(const Listing& listing) {
    std::string out =
        listing.group_count > 0
            ? fmt::format("IOMMU: on, {} groups\n", listing.group_count)
            : std::string(
                  "IOMMU: off in this boot, so there are no groups and nothing can be given "
                  "to a VM; `grub-gen doctor` says what turns it on\n");
    for (const auto& group : listing.groups) {
        out += fmt::format("\ngroup {}\n", group.number);
        for (const auto& device : group.devices) {
            out += device_text(device);
        }
        for (const auto& other : group.others) {
            out += fmt::format("    {}  no PCI function\n", other);
        }
    }
    if (!listing.ungrouped.empty()) {
        out += "\nin no group\n";
        for (const auto& device : listing.ungrouped) {
            out += device_text(device);
        }
    }
    return out;
}

std::string render_groups_json(const Listing& listing) {
    ordered_json json;
    json["schema"] = 1;
    json["iommu"] = {{"groups", listing.group_count}};
    json["groups"] = ordered_json::array();
    for (const auto& group : listing.groups) {
        json["groups"].push_back({{"group", group.number},
                                  {"devices", devices_json(group.devices)},
                                  {"others", group.others}});
    }
    json["ungrouped"] = devices_json(listing.ungrouped);
    return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind
