// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "grub-gen/record/recording.hpp"

namespace early_bind {
namespace {

using nlohmann::ordered_json;
using pci::Address;

ordered_json address_json(const std::optional<Address>& address) {
    return address ? ordered_json(to_string(*address)) : ordered_json();
}

ordered_json function_json(const RecordedFunction& function) {
    const auto word = [](std::uint16_t number) { return fmt::format("0x{:04x}", number); };
    ordered_json out;
    out["slot"] = to_string(function.address);
    out["class"] = fmt::format("0x{:06x}", function.class_code.value);
    out["vendor"] = word(function.ids.vendor);
    out["device"] = word(function.ids.device);
    out["subsystem_vendor"] = word(function.ids.subsystem_vendor);
    out["subsystem_device"] = word(function.ids.subsystem_device);
    out["revision"] = fmt::format("0x{:02x}", function.revision);
    out["driver"] = function.driver.empty() ? ordered_json() : ordered_json(function.driver);
    out["iommu_group"] = function.group ? ordered_json(*function.group) : ordered_json();
    out["boot_vga"] = function.boot_vga ? ordered_json(*function.boot_vga ? 1 : 0) : ordered_json();
    if (function.boot_display) {
        out["boot_display"] = 1;
    }
    out["parent"] = address_json(function.parent);
    if (function.physfn) {
        out["physfn"] = to_string(*function.physfn);
    }
    if (function.numa_node) {
        out["numa_node"] = *function.numa_node;
    }
    if (!function.connectors.empty()) {
        out["connectors"] = function.connectors;
    }
    out["label"] = function.label;
    return out;
}

ordered_json memory_json(const RecordedMemory& memory) {
    ordered_json nodes = ordered_json::array();
    for (const auto& node : memory.nodes) {
        nodes.push_back({{"node", node.node}, {"total_kib", node.total_kib}, {"cpus", node.cpus}});
    }
    return {{"total_kib", memory.total_kib}, {"nodes", std::move(nodes)}};
}

ordered_json cpus_json(const RecordedCpus& cpus) {
    return {{"possible", cpus.possible},
            {"online", cpus.online},
            {"threads", cpus.threads},
            {"flags", cpus.flags},
            {"vendor", cpus.vendor}};
}

/// The odd things, each only where it is.
void add_extras(ordered_json& out, const Recording& recording) {
    for (const auto& [bus, parent] : recording.root_bus_parents) {
        out["root_bus_parent"][bus] = to_string(parent);
    }
    for (const auto& [bridge, parent] : recording.missing_bridges) {
        out["missing_bridges"][to_string(bridge)] = address_json(parent);
    }
    for (const auto& [number, group] : recording.virtual_groups) {
        out["virtual_groups"][std::to_string(number)] = {{"name", group.name},
                                                         {"parent", address_json(group.parent)}};
    }
    for (const auto& framebuffer : recording.framebuffers) {
        out["framebuffers"].push_back({{"name", framebuffer.name},
                                       {"driver", framebuffer.driver},
                                       {"owner", address_json(framebuffer.owner)}});
    }
    if (recording.carriers) {
        auto& carriers = out["carriers"] = ordered_json::object();
        for (const auto& [function, words] : *recording.carriers) {
            carriers[to_string(function)] = words;
        }
    }
    if (recording.memory) {
        out["memory"] = memory_json(*recording.memory);
    }
    if (recording.cpus) {
        out["cpus"] = cpus_json(*recording.cpus);
    }
}

/// One line. Bytes that are no UTF-8 become question marks in a box.
std::string line(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string render_recording(const Recording& recording) {
    ordered_json head;
    head["schema"] = kRecordingSchema;
    head["source"] = "grub-gen record";
    head["kernel"] = recording.kernel;
    head["cmdline"] = recording.command_line;
    head["firmware"] = recording.firmware;
    head["iommu"] = recording.iommu;
    add_extras(head, recording);
    std::string out = "{\n";
    for (const auto& [key, value] : head.items()) {
        out += fmt::format(" \"{}\": {},\n", key, line(value));
    }
    out += " \"devices\": [";
    std::string_view comma = "\n";
    for (const auto& function : recording.functions) {
        out += fmt::format("{}  {}", comma, line(function_json(function)));
        comma = ",\n";
    }
    return out + "\n ]\n}\n";
}

}  // namespace early_bind
