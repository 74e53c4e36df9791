// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "grub-gen/hardware.hpp"
#include "grub-gen/position.hpp"

namespace early_bind {

/// Memory that the kernel sets aside for VMs as huge pages.
struct MemoryRequest {
    std::vector<std::uint64_t> mebibytes;  ///< one number in all, or one for each NUMA node
    bool per_node = false;
    Position position;
};

/// CPUs that the host leaves to VMs.
struct CpuRequest {
    CpuList cpus;
    Position position;
};

/// Compressed swap in memory.
struct ZramRequest {
    bool on = true;                          ///< false: none, whatever the system is set up for
    std::optional<std::uint64_t> mebibytes;  ///< nothing: as much as is sensible
    Position position;
};

/// What a profile asks of memory and processors.
struct ResourceRequest {
    std::optional<MemoryRequest> memory;
    std::optional<unsigned> page_mebibytes;  ///< 2 or 1024; nothing: what fits
    std::optional<CpuRequest> cpus;
    std::optional<ZramRequest> zram;
    std::string zram_algorithm;  ///< empty for the kernel's choice
    std::optional<bool> zswap;
    std::string zswap_compressor;                    ///< empty for the kernel's choice
    std::optional<unsigned> zswap_max_pool_percent;  ///< of memory
};

/// What a request comes to on a machine.
struct Resources {
    std::vector<std::string> arguments;  ///< of the kernel
    std::optional<Zram> zram;
    std::vector<std::string> warnings;  ///< sentences
    unsigned page_mebibytes = 0;        ///< of the huge pages, 0 for none
};

/// Reads "16G", "512M" or "1T" as MiB; nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// "16G", "1536M".
[[nodiscard]] std::string size_text(std::uint64_t mebibytes);

/// The memory that must be left to the host, in MiB: a tenth, and not less than 1 GiB.
[[nodiscard]] std::uint64_t host_reserve(const Hardware& hardware);

/// Holds a request against the machine and makes kernel arguments of it
/// (Documentation/admin-guide/mm/hugetlbpage.rst, kernel-parameters.rst):
///
/// * huge pages in the order that the kernel needs; of 1 GiB when the processor can and every size
///   is a multiple of it, else of 2 MiB;
/// * isolated CPUs without CPU 0 and its thread, interrupts and RCU on the others;
/// * zram sized from what huge pages leave: half of it and at most 4 GiB, as zram-generator does.
///
/// Errors are "line L, column C: ...".
[[nodiscard]] Result<Resources> plan_resources(const ResourceRequest& request,
                                               const Hardware& hardware);

}  // namespace early_bind
