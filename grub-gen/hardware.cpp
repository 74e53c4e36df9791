// SPDX-License-Identifier: MIT
#include "grub-gen/hardware.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/text.hpp"

namespace early_bind {
namespace {

std::string read_or_nothing(const sysfs::Root& root, const std::string& path) {
    return root.read(path, std::size_t{16} * 1024 * 1024).value_or("");
}

CpuList read_list(const sysfs::Root& root, const std::string& path) {
    return parse_cpu_list(read_or_nothing(root, path)).value_or(CpuList());
}

std::vector<CpuList> read_cores(const sysfs::Root& root, const CpuList& online) {
    std::vector<CpuList> cores;
    for (const auto cpu : online) {
        auto threads = read_list(
            root, fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
        if (!threads.empty() && std::find(cores.begin(), cores.end(), threads) == cores.end()) {
            cores.push_back(std::move(threads));
        }
    }
    return cores;
}

std::vector<Node> read_nodes(const sysfs::Root& root) {
    const std::string nodes = "sys/devices/system/node";
    std::vector<Node> found;
    for (const auto& name : root.list(nodes).value_or(std::vector<std::string>())) {
        Node node;
        constexpr std::string_view kPrefix = "node";
        const auto digits = std::string_view(name).substr(std::min(kPrefix.size(), name.size()));
        const auto [stop, code] =
            std::from_chars(digits.data(), digits.data() + digits.size(), node.number);
        if (!name.starts_with(kPrefix) || code != std::errc{} ||
            stop != digits.data() + digits.size()) {
            continue;
        }
        const auto folder = fmt::format("{}/{}", nodes, name);
        node.mebibytes = total_kibibytes(read_or_nothing(root, folder + "/meminfo")) / 1024;
        node.cpus = read_list(root, folder + "/cpulist");
        found.push_back(std::move(node));
    }
    std::sort(found.begin(), found.end(),
              [](const Node& a, const Node& b) { return a.number < b.number; });
    return found;
}

}  // namespace

std::uint64_t total_kibibytes(std::string_view meminfo) {
    constexpr std::string_view kKey = "MemTotal:";
    const auto key = meminfo.find(kKey);
    if (key == std::string_view::npos) {
        return 0;
    }
    const auto digits = text::trim(meminfo.substr(key + kKey.size()));
    std::uint64_t total = 0;
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), total);
    return total;
}

std::vector<std::string_view> cpu_flags(std::string_view cpuinfo) {
    for (const auto line : text::split(cpuinfo, '\n')) {
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && text::trim(line.substr(0, colon)) == "flags") {
            return text::split(text::trim(line.substr(colon + 1)), ' ');
        }
    }
    return {};
}

CpuList Hardware::core_of(unsigned cpu) const {
    for (const auto& core : cores) {
        if (std::binary_search(core.begin(), core.end(), cpu)) {
            return core;
        }
    }
    return {cpu};
}

std::optional<unsigned> Hardware::node_of(unsigned cpu) const {
    for (const auto& node : nodes) {
        if (std::binary_search(node.cpus.begin(), node.cpus.end(), cpu)) {
            return node.number;
        }
    }
    return std::nullopt;
}

Hardware read_hardware(const sysfs::Root& root) {
    Hardware hardware;
    hardware.mebibytes = total_kibibytes(read_or_nothing(root, "proc/meminfo")) / 1024;
    hardware.nodes = read_nodes(root);
    hardware.online = read_list(root, "sys/devices/system/cpu/online");
    hardware.cores = read_cores(root, hardware.online);
    const auto cpuinfo = read_or_nothing(root, "proc/cpuinfo");
    const auto flags = cpu_flags(cpuinfo);
    const auto has = [&flags](std::string_view flag) {
        return std::find(flags.begin(), flags.end(), flag) != flags.end();
    };
    hardware.pages_2m = has("pse");
    hardware.pages_1g = has("pdpe1gb");
    return hardware;
}

}  // namespace early_bind
