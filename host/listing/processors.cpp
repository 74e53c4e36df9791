// SPDX-License-Identifier: MIT
#include "host/listing/processors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text.hpp"

namespace early_bind {
namespace {

using nlohmann::ordered_json;

constexpr const char* kCpus = "sys/devices/system/cpu";

std::optional<CpuList> read_list(const sysfs::Root& root, const std::string& path) {
    const auto content = root.read_attribute(path);
    if (!content) {
        return std::nullopt;
    }
    // What the kernel says of a list that was never made (lib/vsprintf.c).
    const auto list = text::trim(*content);
    return parse_cpu_list(list == "(null)" ? "" : list);
}

std::optional<unsigned> read_number(const sysfs::Root& root, const std::string& path) {
    const auto digits = root.read_trimmed(path);
    unsigned number = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (code != std::errc{} || stop != digits.data() + digits.size()) {
        return std::nullopt;  // also -1, which a package that is not known has
    }
    return number;
}

/// "32768K" (drivers/base/cacheinfo.c, size_show()); 0 for anything else.
std::uint64_t parse_cache_size(std::string_view text) {
    std::uint64_t size = 0;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), size);
    return code == std::errc{} && std::string_view(stop, text.data() + text.size()) == "K" ? size
                                                                                           : 0;
}

std::vector<Cache> read_caches(const sysfs::Root& root, unsigned cpu) {
    std::vector<Cache> caches;
    const auto folder = fmt::format("{}/cpu{}/cache", kCpus, cpu);
    for (const auto& name : root.list(folder).value_or(std::vector<std::string>())) {
        const auto one = fmt::format("{}/{}", folder, name);
        const auto level = read_number(root, one + "/level");
        const auto cpus = read_list(root, one + "/shared_cpu_list");
        if (name.starts_with("index") && level && cpus && !cpus->empty()) {
            caches.push_back({*level, text::printable(root.read_trimmed(one + "/type")),
                              parse_cache_size(root.read_trimmed(one + "/size")), *cpus});
        }
    }
    return caches;
}

/// The place of the cache in the list, which gets it when it is new.
std::size_t place_of(std::vector<Cache>& list, const Cache& cache) {
    const auto found = std::find(list.begin(), list.end(), cache);
    const auto place = static_cast<std::size_t>(found - list.begin());
    if (found == list.end()) {
        list.push_back(cache);
    }
    return place;
}

bool contains(const CpuList& list, unsigned cpu) {
    return std::binary_search(list.begin(), list.end(), cpu);
}

bool overlap(const CpuList& one, const CpuList& other) {
    return std::any_of(one.begin(), one.end(),
                       [&other](unsigned cpu) { return contains(other, cpu); });
}

/// "1M", "32M", "512K", or "?" when it is not known.
std::string cache_size(const Cache& cache) {
    if (cache.kibibytes == 0) {
        return "?";
    }
    return cache.kibibytes % 1024 == 0 ? fmt::format("{}M", cache.kibibytes / 1024)
                                       : fmt::format("{}K", cache.kibibytes);
}

std::string or_none(const CpuList& cpus) {
    return cpus.empty() ? "none" : to_string(cpus);
}

std::string or_unknown(const std::optional<CpuList>& cpus) {
    return cpus ? or_none(*cpus) : "not known";
}

template <class Number>
std::string or_dash(const std::optional<Number>& number) {
    return number ? std::to_string(*number) : "-";
}

std::string cache_text(const std::vector<Cache>& list, const std::optional<std::size_t>& place) {
    return place ? fmt::format("#{} {}", *place, cache_size(list[*place])) : "-";
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::size_t count_packages(const Processors& processors) {
    std::set<unsigned> packages;
    for (const auto& core : processors.cores) {
        if (core.package) {
            packages.insert(*core.package);
        }
    }
    return packages.size();
}

/// The words of a core's row: which profiles isolate it, wholly or half.
std::string takers(const Core& core, const Processors& processors) {
    std::string out;
    const auto add = [&](const std::string& name, const CpuList& cpus) {
        if (overlap(core.cpus, cpus)) {
            const bool whole = without(core.cpus, cpus).empty();
            out += fmt::format("{}{}{}", out.empty() ? "" : ", ", name, whole ? "" : " (a part)");
        }
    };
    if (processors.isolated) {
        add("now", *processors.isolated);
    }
    for (const auto& profile : processors.profiles) {
        add(profile.profile, profile.cpus);
    }
    return out;
}

std::string rows(const Processors& processors) {
    const bool hybrid = std::any_of(processors.cores.begin(), processors.cores.end(),
                                    [](const Core& core) { return !core.kind.empty(); });
    const auto row = [hybrid](const std::string& cpus, const std::string& package,
                              const std::string& node, const std::string& kind,
                              const std::string& l2, const std::string& l3,
                              const std::string& isolated) {
        auto line = fmt::format("    {:<10} {:<7} {:<4} ", cpus, package, node);
        if (hybrid) {
            line += fmt::format("{:<11} ", kind);
        }
        line += fmt::format("{:<9} {:<9} {}", l2, l3, isolated);
        line.erase(line.find_last_not_of(' ') + 1);
        return line + "\n";
    };
    auto out = row("CPUs", "package", "node", "kind", "L2", "L3", "isolated");
    for (const auto& core : processors.cores) {
        out += row(to_string(core.cpus), or_dash(core.package), or_dash(core.node), core.kind,
                   cache_text(processors.l2, core.l2), cache_text(processors.l3, core.l3),
                   takers(core, processors));
    }
    return out;
}

ordered_json list_json(const std::optional<CpuList>& cpus) {
    return cpus ? ordered_json(*cpus) : ordered_json();
}

template <class Number>
ordered_json number_json(const std::optional<Number>& number) {
    return number ? ordered_json(*number) : ordered_json();
}

ordered_json caches_json(const std::vector<Cache>& caches) {
    ordered_json list = ordered_json::array();
    for (const auto& cache : caches) {
        list.push_back(
            {{"level", cache.level},
             {"kibibytes", cache.kibibytes > 0 ? ordered_json(cache.kibibytes) : ordered_json()},
             {"cpus", cache.cpus}});
    }
    return list;
}

}  // namespace

Processors read_processors(const sysfs::Root& root) {
    const auto hardware = read_hardware(root);
    Processors processors;
    processors.online = hardware.online;
    processors.nodes = hardware.nodes;
    processors.offline = read_list(root, std::string(kCpus) + "/offline").value_or(CpuList());
    processors.isolated = read_list(root, std::string(kCpus) + "/isolated");
    processors.nohz_full = read_list(root, std::string(kCpus) + "/nohz_full");
    const auto performance = read_list(root, "sys/devices/cpu_core/cpus").value_or(CpuList());
    const auto efficient = read_list(root, "sys/devices/cpu_atom/cpus").value_or(CpuList());
    CpuList seen;
    for (const unsigned cpu : hardware.online) {
        if (contains(seen, cpu)) {
            continue;
        }
        Core core;
        core.cpus = hardware.core_of(cpu);
        CpuList both;
        std::set_union(seen.begin(), seen.end(), core.cpus.begin(), core.cpus.end(),
                       std::back_inserter(both));
        seen = std::move(both);
        core.package =
            read_number(root, fmt::format("{}/cpu{}/topology/physical_package_id", kCpus, cpu));
        core.node = hardware.node_of(cpu);
        core.kind = contains(performance, cpu) ? "performance"
                    : contains(efficient, cpu) ? "efficient"
                                               : "";
        for (const auto& cache : read_caches(root, cpu)) {
            if (cache.level == 2 && cache.type != "Instruction") {
                core.l2 = place_of(processors.l2, cache);
            } else if (cache.level == 3) {
                core.l3 = place_of(processors.l3, cache);
            }
        }
        processors.cores.push_back(std::move(core));
    }
    return processors;
}

std::vector<Isolation> isolations(const Config& config) {
    std::vector<Isolation> found;
    for (const auto& profile : config.profiles) {
        if (profile.enabled && profile.resources.cpus) {
            found.push_back({profile.final_name(), profile.resources.cpus->cpus});
        }
    }
    return found;
}

std::vector<std::string> remarks_on(const CpuList& cpus, const Processors& processors) {
    std::vector<std::string> remarks;
    for (const auto& core : processors.cores) {
        const auto left = without(core.cpus, cpus);
        if (overlap(core.cpus, cpus) && !left.empty()) {
            remarks.push_back(fmt::format("leaves {} of the core {} to the host", to_string(left),
                                          to_string(core.cpus)));
        }
    }
    const auto host = without(processors.online, cpus);
    const auto of_one_core = [&](const Cache& cache) {
        return std::any_of(processors.cores.begin(), processors.cores.end(), [&](const Core& core) {
            return without(cache.cpus, core.cpus).empty();
        });
    };
    const auto shared = [&](const std::vector<Cache>& list, std::string_view level) {
        if (list.size() == 1) {
            return;  // there is no choice
        }
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (overlap(list[i].cpus, cpus) && overlap(list[i].cpus, host) &&
                !of_one_core(list[i])) {
                remarks.push_back(fmt::format("shares the {} cache #{} ({}) with the host", level,
                                              i, to_string(list[i].cpus)));
            }
        }
    };
    shared(processors.l2, "L2");
    shared(processors.l3, "L3");
    CpuList spanned;
    for (const auto& node : processors.nodes) {
        if (overlap(node.cpus, cpus)) {
            spanned.push_back(node.number);
        }
    }
    if (spanned.size() > 1) {
        remarks.push_back(fmt::format("spans the NUMA nodes {}", to_string(spanned)));
    }
    return remarks;
}

std::string render_processors(const Processors& processors) {
    std::string out = fmt::format("{} online in {}", counted(processors.online.size(), "CPU"),
                                  counted(processors.cores.size(), "core"));
    if (const auto packages = count_packages(processors); packages > 0) {
        out += ", " + counted(packages, "package");
    }
    if (!processors.nodes.empty()) {
        out += ", " + counted(processors.nodes.size(), "NUMA node");
    }
    out += fmt::format("\n{:<10} {}\n{:<10} {}\n", "isolated", or_unknown(processors.isolated),
                       "nohz_full", or_unknown(processors.nohz_full));
    if (!processors.offline.empty()) {
        out += fmt::format("{:<10} {}\n", "offline", to_string(processors.offline));
    }
    out += "\n" + rows(processors);
    if (processors.l2.empty() && processors.l3.empty()) {
        out += "\nThe caches are not known.\n";
    }
    for (const auto& node : processors.nodes) {
        out += fmt::format("{}node {}  {} MiB  CPUs {}\n",
                           &node == processors.nodes.data() ? "\n" : "", node.number,
                           node.mebibytes, or_none(node.cpus));
    }
    out += processors.profiles.empty() ? "\nNo profile isolates CPUs.\n" : "\n";
    for (const auto& profile : processors.profiles) {
        out += fmt::format("{} isolates {}, {}\n", profile.profile, to_string(profile.cpus),
                           counted(profile.cpus.size(), "CPU"));
        for (const auto& remark : remarks_on(profile.cpus, processors)) {
            out += fmt::format("    {}\n", remark);
        }
    }
    return out;
}

std::string render_processors_json(const Processors& processors) {
    ordered_json json;
    json["schema"] = 1;
    json["online"] = processors.online;
    json["offline"] = processors.offline;
    json["isolated"] = list_json(processors.isolated);
    json["nohz_full"] = list_json(processors.nohz_full);
    json["cores"] = ordered_json::array();
    for (const auto& core : processors.cores) {
        json["cores"].push_back(
            {{"cpus", core.cpus},
             {"package", number_json(core.package)},
             {"node", number_json(core.node)},
             {"kind", core.kind.empty() ? ordered_json() : ordered_json(core.kind)},
             {"l2", number_json(core.l2)},
             {"l3", number_json(core.l3)}});
    }
    json["l2"] = caches_json(processors.l2);
    json["l3"] = caches_json(processors.l3);
    json["nodes"] = ordered_json::array();
    for (const auto& node : processors.nodes) {
        json["nodes"].push_back(
            {{"node", node.number}, {"mebibytes", node.mebibytes}, {"cpus", node.cpus}});
    }
    json["profiles"] = ordered_json::array();
    for (const auto& profile : processors.profiles) {
        json["profiles"].push_back({{"profile", profile.profile},
                                    {"cpus", profile.cpus},
                                    {"remarks", remarks_on(profile.cpus, processors)}});
    }
    return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind
