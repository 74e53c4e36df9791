// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
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
    std::vector<CpuList> cores;   ///< the threads of each core, sorted
    bool pages_2m = false;        ///< the processor knows huge pages of 2 MiB,
    bool pages_1g = false;        ///< and of 1 GiB
    bool virtualization = false;  ///< Intel VT-x or AMD-V

    /// The core that a CPU belongs to; the CPU alone when the kernel does not tell.
    [[nodiscard]] CpuList core_of(unsigned cpu) const;
    /// The node that a CPU belongs to, nothing when the kernel does not tell.
    [[nodiscard]] std::optional<unsigned> node_of(unsigned cpu) const;
};

/// Reads proc/meminfo, proc/cpuinfo, sys/devices/system/cpu and sys/devices/system/node
/// (Documentation/ABI/testing/sysfs-devices-system-cpu, stable/sysfs-devices-node).
[[nodiscard]] Hardware read_hardware(const sysfs::Root& root);

}  // namespace early_bind
