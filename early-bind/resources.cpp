// SPDX-License-Identifier: MIT
#include "early-bind/resources.hpp"

#include <fmt/core.h>

#include <charconv>

#include "core/cmdline/cmdline.hpp"
#include "core/cpu_list.hpp"
#include "core/huge_pages.hpp"
#include "core/text.hpp"
#include "early-bind/zram.hpp"

namespace early_bind {
namespace {

std::string read_or_nothing(const sysfs::Root& root, const std::string& path) {
    return root.read(path).value_or("");
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// The CPUs of an isolcpus= value, whose flags come first: "managed_irq,domain,4-7"
/// (kernel/sched/isolation.c, housekeeping_isolcpus_setup()).
CpuList isolated_cpus(std::string_view value) {
    while (!value.empty() && (value.front() < '0' || value.front() > '9')) {
        const auto comma = value.find(',');
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
    return parse_cpu_list(value).value_or(CpuList());
}

void add_huge_pages(const sysfs::Root& root, std::string_view command_line,
                    std::vector<Resource>& resources) {
    const auto given = given_huge_pages(root);
    for (const auto& [size, asked] : asked_huge_pages(command_line)) {
        const auto found = given.find(size);
        const auto now = found == given.end() ? 0 : found->second;
        resources.push_back({"huge pages of " + page_size_words(size), fmt::format("{}", asked),
                             fmt::format("{}", now),
                             now < asked ? Code::hugepages_short : Code::ok});
    }
}

void add_cpus(const sysfs::Root& root, std::string_view command_line,
              std::vector<Resource>& resources) {
    const auto value = last_value(parse_command_line(command_line), "isolcpus");
    const auto asked = isolated_cpus(value.value_or(""));
    if (asked.empty()) {
        return;
    }
    const auto now = parse_cpu_list(read_or_nothing(root, "sys/devices/system/cpu/isolated"))
                         .value_or(CpuList());
    resources.push_back({"isolated CPUs", to_string(asked),
                         now.empty() ? std::string("none") : to_string(now),
                         without(asked, now).empty() ? Code::ok : Code::cpus_not_isolated});
}

/// MiB of swap on zram, from proc/swaps, whose sizes are in KiB and lack the header's page.
std::uint64_t zram_mebibytes(std::string_view swaps) {
    std::uint64_t total = 0;
    for (const auto line : text::split(swaps, '\n')) {
        if (line.substr(0, line.find_first_of(" \t")).find("/zram") == std::string_view::npos) {
            continue;
        }
        const auto digits = line.find("partition");
        const auto size =
            digits == std::string_view::npos ? digits : line.find_first_of("0123456789", digits);
        if (size != std::string_view::npos) {
            total += (number_of(line.substr(size)) + 1023) / 1024;
        }
    }
    return total;
}

void add_zram(const sysfs::Root& root, std::vector<Resource>& resources) {
    const auto asked = number_of(read_or_nothing(root, kZramPath));
    if (asked == 0) {
        return;
    }
    const auto now = zram_mebibytes(read_or_nothing(root, "proc/swaps"));
    resources.push_back({"zram", fmt::format("{} MiB", asked), fmt::format("{} MiB", now),
                         now < asked ? Code::zram_short : Code::ok});
}

}  // namespace

std::vector<Resource> read_resources(const sysfs::Root& root, std::string_view command_line) {
    std::vector<Resource> resources;
    add_huge_pages(root, command_line, resources);
    add_cpus(root, command_line, resources);
    add_zram(root, resources);
    return resources;
}

}  // namespace early_bind
