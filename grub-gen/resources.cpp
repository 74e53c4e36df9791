// SPDX-License-Identifier: MIT
#include "grub-gen/resources.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace early_bind {
namespace {

constexpr std::uint64_t kGibibyte = 1024;  // in MiB, like all sizes here
constexpr unsigned kSmallPage = 2;
constexpr unsigned kLargePage = 1024;

std::uint64_t sum(const std::vector<std::uint64_t>& sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

tl::unexpected<Error> fault(const Position& position, std::string_view message) {
    return fail(at_position(position, message));
}

std::string page_text(unsigned mebibytes) {
    return mebibytes == kLargePage ? "1G" : "2M";
}

/// The size of page to use; every size is a multiple of it.
Result<unsigned> choose_page(const ResourceRequest& request, const Hardware& hardware) {
    const auto& memory = *request.memory;
    const auto is_multiple = [&memory](unsigned page) {
        return std::all_of(memory.mebibytes.begin(), memory.mebibytes.end(),
                           [page](std::uint64_t size) { return size % page == 0; });
    };
    const unsigned page = request.page_mebibytes.value_or(
        hardware.pages_1g && is_multiple(kLargePage) ? kLargePage : kSmallPage);
    if (page == kLargePage ? !hardware.pages_1g : !hardware.pages_2m) {
        return fault(
            memory.position,
            fmt::format("this machine's processor has no huge pages of {}{}", page_text(page),
                        page == kLargePage ? "; take `pages` out or set it to \"2M\""
                                           : ", so `memory` cannot be set aside"));
    }
    if (!is_multiple(page)) {
        return fault(memory.position, fmt::format("`memory` must be a multiple of the page size {}",
                                                  page_text(page)));
    }
    return page;
}

Result<void> check_memory(const MemoryRequest& memory, const Hardware& hardware) {
    if (hardware.mebibytes == 0) {
        return fault(memory.position,
                     "how much memory this machine has is not known, so none can be set aside");
    }
    const auto wanted = sum(memory.mebibytes);
    const auto reserve = host_reserve(hardware);
    if (wanted + reserve > hardware.mebibytes) {
        const auto most = hardware.mebibytes > reserve ? hardware.mebibytes - reserve : 0;
        return fault(memory.position,
                     fmt::format("`memory` takes {} of {} MiB, and the host needs {} MiB at least; "
                                 "ask for {} or less",
                                 wanted, hardware.mebibytes, reserve,
                                 most >= kGibibyte ? size_text(most / kGibibyte * kGibibyte)
                                                   : fmt::format("{}M", most / 2 * 2)));
    }
    if (!memory.per_node) {
        return {};
    }
    if (memory.mebibytes.size() > std::max<std::size_t>(hardware.nodes.size(), 1)) {
        return fault(memory.position,
                     fmt::format("`memory` has {} sizes, and this machine has {} NUMA node{}",
                                 memory.mebibytes.size(), hardware.nodes.size(),
                                 hardware.nodes.size() == 1 ? "" : "s"));
    }
    for (std::size_t i = 0; i < memory.mebibytes.size() && i < hardware.nodes.size(); ++i) {
        if (memory.mebibytes[i] > hardware.nodes[i].mebibytes) {
            return fault(memory.position,
                         fmt::format("`memory` takes {} MiB of NUMA node {}, which has {} MiB",
                                     memory.mebibytes[i], hardware.nodes[i].number,
                                     hardware.nodes[i].mebibytes));
        }
    }
    return {};
}

Result<void> add_memory(const ResourceRequest& request, const Hardware& hardware, Resources& out) {
    const auto& memory = *request.memory;
    if (auto fine = check_memory(memory, hardware); !fine) {
        return fine;
    }
    const auto page = choose_page(request, hardware);
    if (!page) {
        return tl::unexpected(page.error());
    }
    std::string count;
    if (memory.per_node) {
        for (std::size_t i = 0; i < memory.mebibytes.size(); ++i) {
            const unsigned node =
                i < hardware.nodes.size() ? hardware.nodes[i].number : static_cast<unsigned>(i);
            if (memory.mebibytes[i] > 0) {
                count += fmt::format("{}{}:{}", count.empty() ? "" : ",", node,
                                     memory.mebibytes[i] / *page);
            }
        }
    } else {
        count = fmt::format("{}", sum(memory.mebibytes) / *page);
    }
    out.arguments.push_back(fmt::format("default_hugepagesz={}", page_text(*page)));
    out.arguments.push_back(fmt::format("hugepagesz={}", page_text(*page)));
    out.arguments.push_back(fmt::format("hugepages={}", count));
    out.page_mebibytes = *page;
    return {};
}

Result<void> add_cpus(const CpuRequest& request, const Hardware& hardware, Resources& out) {
    if (hardware.online.empty()) {
        return fault(request.position,
                     "which CPUs this machine has is not known, so none can be isolated");
    }
    if (const auto strange = without(request.cpus, hardware.online); !strange.empty()) {
        return fault(request.position,
                     fmt::format("`cpus` has {}, and this machine has the CPUs {}",
                                 to_string(strange), to_string(hardware.online)));
    }
    const auto first = hardware.core_of(hardware.online.front());
    if (without(first, request.cpus).size() != first.size()) {
        return fault(request.position,
                     fmt::format("`cpus` must leave {} to the host: the kernel boots there",
                                 first.size() == 1
                                     ? fmt::format("CPU {}", to_string(first))
                                     : fmt::format("the core of CPU 0 ({})", to_string(first))));
    }
    for (const auto cpu : request.cpus) {
        const auto core = hardware.core_of(cpu);
        const auto left = without(core, request.cpus);
        if (!left.empty() && without(core, left).front() == cpu) {
            out.warnings.push_back(fmt::format(
                "CPU {} is isolated, but CPU {} of the same core stays with the host and slows it "
                "down; isolate both or none",
                cpu, to_string(left)));
        }
    }
    const auto isolated = to_string(request.cpus);
    out.arguments.push_back(fmt::format("isolcpus=managed_irq,domain,{}", isolated));
    out.arguments.push_back(fmt::format("nohz_full={}", isolated));
    out.arguments.push_back(fmt::format("rcu_nocbs={}", isolated));
    out.arguments.push_back(
        fmt::format("irqaffinity={}", to_string(without(hardware.online, request.cpus))));
    return {};
}

Result<void> add_zram(const ResourceRequest& request, const Hardware& hardware, Resources& out) {
    const auto& zram = *request.zram;
    if (!zram.on) {
        out.arguments.emplace_back("systemd.zram=0");  // zram-generator(8)
        return {};
    }
    const auto taken = request.memory ? sum(request.memory->mebibytes) : 0;
    const auto rest = hardware.mebibytes > taken ? hardware.mebibytes - taken : 0;
    if (rest == 0) {
        return fault(zram.position,
                     "how much memory this machine has is not known, so zram has no size");
    }
    constexpr std::uint64_t kMostByItself = 4 * kGibibyte;
    const auto size = zram.mebibytes.value_or(std::min(rest / 2, kMostByItself));
    if (size > 2 * rest) {
        return fault(zram.position,
                     fmt::format("`zram` of {} MiB is more than twice the {} MiB that are left to "
                                 "the host",
                                 size, rest));
    }
    out.zram = Zram{size, request.zram_algorithm};
    return {};
}

void add_zswap(const ResourceRequest& request, Resources& out) {
    if (request.zswap) {
        out.arguments.push_back(fmt::format("zswap.enabled={}", *request.zswap ? 1 : 0));
    }
    if (!request.zswap_compressor.empty()) {
        out.arguments.push_back(fmt::format("zswap.compressor={}", request.zswap_compressor));
    }
    if (request.zswap_max_pool_percent) {
        out.arguments.push_back(
            fmt::format("zswap.max_pool_percent={}", *request.zswap_max_pool_percent));
    }
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.size() < 2) {
        return std::nullopt;
    }
    const char unit = text.back();
    const auto digits = text.substr(0, text.size() - 1);
    std::uint64_t number = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    constexpr std::uint64_t kMost = std::uint64_t{1} << 32U;  // no machine has 4 PiB
    if (code != std::errc{} || stop != digits.data() + digits.size() || number > kMost) {
        return std::nullopt;
    }
    switch (unit) {
        case 'M':
            return number;
        case 'G':
            return number * kGibibyte;
        case 'T':
            return number * kGibibyte * kGibibyte;
        default:
            return std::nullopt;
    }
}

std::string size_text(std::uint64_t mebibytes) {
    return mebibytes % kGibibyte == 0 && mebibytes > 0 ? fmt::format("{}G", mebibytes / kGibibyte)
                                                       : fmt::format("{}M", mebibytes);
}

std::uint64_t host_reserve(const Hardware& hardware) {
    return std::max(kGibibyte, hardware.mebibytes / 10);
}

Result<Resources> plan_resources(const ResourceRequest& request, const Hardware& hardware) {
    Resources resources;
    if (request.memory) {
        if (auto added = add_memory(request, hardware, resources); !added) {
            return tl::unexpected(added.error());
        }
    }
    if (request.cpus) {
        if (auto added = add_cpus(*request.cpus, hardware, resources); !added) {
            return tl::unexpected(added.error());
        }
    }
    if (request.zram) {
        if (auto added = add_zram(request, hardware, resources); !added) {
            return tl::unexpected(added.error());
        }
    }
    add_zswap(request, resources);
    return resources;
}

}  // namespace early_bind
