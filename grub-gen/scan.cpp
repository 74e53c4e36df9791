// SPDX-License-Identifier: MIT
#include "grub-gen/scan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace early_bind {
namespace {

using nlohmann::ordered_json;
using pci::Address;

std::string or_none(const std::string& text) {
    return text.empty() ? "none" : text;
}

std::string group_text(const pci::Function& function) {
    return function.group ? fmt::format("group {}", *function.group) : std::string("no group");
}

/// One line about one function, the first word of the block's left column before it.
std::string function_line(const Machine& machine, std::string_view label, const Address& address) {
    const auto& function = *machine.inventory.find(address);
    return fmt::format(
        "    {:<10} {}  {:<9} {:<16} {}\n", label, to_string(address), group_text(function),
        or_none(function.driver),
        machine.names->function_name(function.identity.ids, function.identity.class_code));
}

std::string gpu_text(const Machine& machine, const pci::Gpu& gpu) {
    const auto& function = *machine.inventory.find(gpu.address);
    const auto& ids = function.identity.ids;
    std::string notes{to_string(gpu.role)};
    if (gpu.boot_display) {
        notes += ", boot display";
    }
    if (machine.choices.host_only.contains(gpu.address)) {
        notes += ", host only";
    }
    std::string out =
        fmt::format("{}  {}  ({})\n", to_string(gpu.address), machine.gpu_name(gpu), notes);
    out += fmt::format("    {:<10} {}, subsystem {:04x}:{:04x}, class {:06x}\n", "ids",
                       vendor_device(ids), ids.subsystem_vendor, ids.subsystem_device,
                       function.identity.class_code.value);
    out += fmt::format("    {:<10} {}\n", "location", or_none(function.identity.location.text()));
    out += fmt::format("    {:<10} {}\n", "driver", or_none(function.driver));
    std::string label = "functions";
    for (const auto& address : gpu.functions) {
        out += function_line(machine, label, address);
        label.clear();
    }
    label = "goes along";
    for (const auto& address :
         machine.inventory.closure({gpu.functions.begin(), gpu.functions.end()})) {
        if (!std::binary_search(gpu.functions.begin(), gpu.functions.end(), address)) {
            out += function_line(machine, label, address);
            label.clear();
        }
    }
    return out;
}

std::string addresses_text(const std::vector<Address>& addresses) {
    std::string out;
    for (const auto& address : addresses) {
        out += (out.empty() ? "" : " ") + to_string(address);
    }
    return out.empty() ? "none" : out;
}

bool has_booted(const Machine& machine, const Profile& profile) {
    return std::count(machine.booted.begin(), machine.booted.end(), profile.name) > 0;
}

std::string profile_text(const Machine& machine, const Profile& profile) {
    std::string out = fmt::format("{}  ({}{})\n    {}\n", profile.name, to_string(profile.status),
                                  profile.headless ? ", headless" : "", machine.title(profile));
    out += fmt::format("    {:<10} {}\n", "keep", addresses_text(profile.keep));
    out += fmt::format("    {:<10} {}\n", "pass", addresses_text(profile.pass));
    out += fmt::format("    {:<10} {}\n", "bind", addresses_text(profile.bind));
    if (has_booted(machine, profile)) {
        out += fmt::format("    {:<10} {}\n", "booted", "to the end");
    }
    for (const auto& reason : profile.reasons) {
        out += fmt::format("    {}: {}\n        next: {}\n", info(reason.code).name, reason.text,
                           info(reason.code).next);
    }
    return out;
}

ordered_json addresses_json(const std::vector<Address>& addresses) {
    ordered_json list = ordered_json::array();
    for (const auto& address : addresses) {
        list.push_back(to_string(address));
    }
    return list;
}

std::string hex(std::uint16_t number) {
    return fmt::format("{:04x}", number);
}

ordered_json gpu_json(const Machine& machine, const pci::Gpu& gpu) {
    const auto& function = *machine.inventory.find(gpu.address);
    const auto& ids = function.identity.ids;
    std::vector<int> groups;
    for (const auto& address : gpu.functions) {
        if (const auto group = machine.inventory.find(address)->group) {
            groups.push_back(*group);
        }
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    ordered_json object;
    object["address"] = to_string(gpu.address);
    object["name"] = machine.gpu_name(gpu);
    object["ids"] = {{"vendor", hex(ids.vendor)},
                     {"device", hex(ids.device)},
                     {"subsystem_vendor", hex(ids.subsystem_vendor)},
                     {"subsystem_device", hex(ids.subsystem_device)}};
    object["class"] = fmt::format("{:06x}", function.identity.class_code.value);
    object["role"] = to_string(gpu.role);
    object["boot_display"] = gpu.boot_display;
    object["driver"] = function.driver.empty() ? ordered_json() : ordered_json(function.driver);
    object["location"] = function.identity.location.text();
    object["functions"] = addresses_json(gpu.functions);
    object["groups"] = groups;
    return object;
}

ordered_json profile_json(const Machine& machine, const Profile& profile) {
    ordered_json reasons = ordered_json::array();
    for (const auto& reason : profile.reasons) {
        reasons.push_back({{"code", info(reason.code).name},
                           {"text", reason.text},
                           {"next", info(reason.code).next},
                           {"devices", addresses_json(reason.devices)}});
    }
    ordered_json object;
    object["name"] = profile.name;
    object["title"] = machine.title(profile);
    object["keep"] = addresses_json(profile.keep);
    object["pass"] = addresses_json(profile.pass);
    object["bind"] = addresses_json(profile.bind);
    object["headless"] = profile.headless;
    object["status"] = to_string(profile.status);
    object["booted"] = has_booted(machine, profile);
    object["reasons"] = reasons;
    return object;
}

}  // namespace

std::string render_scan(const Machine& machine) {
    const auto groups = machine.inventory.group_count();
    std::string out = groups > 0 ? fmt::format("IOMMU: on, {} groups\n", groups)
                                 : std::string("IOMMU: off in this boot, no groups\n");
    out += fmt::format("\nGPUs: {}\n", machine.gpus.size());
    for (const auto& gpu : machine.gpus) {
        out += "\n" + gpu_text(machine, gpu);
    }
    if (!machine.choices.statics.empty()) {
        out += "\nStatic set: on vfio-pci in every boot\n\n";
        for (const auto& address : machine.choices.statics) {
            out += function_line(machine, "", address);
        }
    }
    out += fmt::format("\nProfiles: {}\n", machine.profiles.size());
    for (const auto& profile : machine.profiles) {
        out += "\n" + profile_text(machine, profile);
    }
    if (machine.profiles.empty()) {
        out += "\nThere is no GPU here that could be passed to a VM.\n";
    }
    return out;
}

std::string render_scan_json(const Machine& machine) {
    ordered_json object;
    object["schema"] = 1;
    object["iommu"] = {{"groups", machine.inventory.group_count()}};
    object["gpus"] = ordered_json::array();
    for (const auto& gpu : machine.gpus) {
        object["gpus"].push_back(gpu_json(machine, gpu));
    }
    object["profiles"] = ordered_json::array();
    for (const auto& profile : machine.profiles) {
        object["profiles"].push_back(profile_json(machine, profile));
    }
    if (!machine.choices.statics.empty()) {
        object["static"] =
            addresses_json({machine.choices.statics.begin(), machine.choices.statics.end()});
    }
    return object.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind
