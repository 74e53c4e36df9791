// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/cpu_list.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// A NUMA node.
struct Node {
    unsigned number = 0;
    std::uint64_t mebibytes = 0;  ///< of memory, huge pages included
    CpuList cpus;
};

/// Memory and processors of a machine. What could not be read is 0 or empty.
struct Hardware {
    std::uint64_t mebibytes = 0;  ///< of memory, huge pages included
    std::vector<Node> nodes;      ///< by number
    CpuList online;
    std::vector<CpuList> cores;  ///< the threads of each core, sorted
    bool pages_2m = false;       ///< the processor knows huge pages of 2 MiB,
    bool pages_1g = false;       ///< and of 1 GiB

    /// The core that a CPU belongs to; the CPU alone when the kernel does not tell.
    [[nodiscard]] CpuList core_of(unsigned cpu) const;
    /// The node that a CPU belongs to, nothing when the kernel does not tell.
    [[nodiscard]] std::optional<unsigned> node_of(unsigned cpu) const;
};

/// Reads proc/meminfo, proc/cpuinfo, sys/devices/system/cpu and sys/devices/system/node
/// (Documentation/ABI/testing/sysfs-devices-system-cpu, stable/sysfs-devices-node).
[[nodiscard]] Hardware read_hardware(const sysfs::Root& root);

/// The number behind "MemTotal:", in KiB, of proc/meminfo or a node's meminfo; 0 when it has none.
[[nodiscard]] std::uint64_t total_kibibytes(std::string_view meminfo);

/// The words of the first "flags" line of proc/cpuinfo: every processor of an x86 machine has the
/// same. Empty when there is no such line.
[[nodiscard]] std::vector<std::string_view> cpu_flags(std::string_view cpuinfo);

}  // namespace early_bind
