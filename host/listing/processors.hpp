// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cpu_list.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/hardware.hpp"

namespace early_bind {

/// A cache, and the CPUs that share it.
struct Cache {
    unsigned level = 0;  ///< 1 to 4
    std::string type;    ///< "Data", "Instruction" or "Unified"
    std::uint64_t kibibytes = 0;
    CpuList cpus;

    bool operator==(const Cache&) const = default;
};

/// A core: its threads, and where it is.
struct Core {
    CpuList cpus;
    std::optional<unsigned> package;  ///< the socket
    std::optional<unsigned> node;     ///< NUMA
    std::string kind;                 ///< "performance" or "efficient" on hybrid processors
    std::optional<std::size_t> l2;    ///< index into Processors::l2
    std::optional<std::size_t> l3;    ///< index into Processors::l3
};

/// What a profile keeps off the host.
struct Isolation {
    std::string profile;
    CpuList cpus;
};

/// The processors of a machine, and what profiles do with them. What the kernel does not tell is
/// empty: a recording has no caches.
struct Processors {
    CpuList online;
    CpuList offline;
    std::vector<Core> cores;  ///< by their first CPU
    std::vector<Cache> l2;    ///< by their first CPU
    std::vector<Cache> l3;    ///< by their first CPU
    std::vector<Node> nodes;
    std::optional<CpuList> isolated;   ///< in this boot
    std::optional<CpuList> nohz_full;  ///< in this boot: without the scheduler's tick
    std::vector<Isolation>
        profiles;  ///< those that isolate some, in the order of the configuration
};

/// Reads sys/devices/system/cpu and sys/devices/system/node (Documentation/ABI/testing/
/// sysfs-devices-system-cpu, stable/sysfs-devices-system-cpu) and, for hybrid processors,
/// sys/devices/cpu_core and cpu_atom (arch/x86/events/intel/core.c).
[[nodiscard]] Processors read_processors(const sysfs::Root& root);

/// What the profiles of a configuration isolate.
[[nodiscard]] std::vector<Isolation> isolations(const Config& config);

/// What is to be known of a profile's choice: cores that it cuts in two, caches of several cores
/// that its CPUs share with the host's where there are others, NUMA nodes that it spans. One
/// sentence each.
[[nodiscard]] std::vector<std::string> remarks_on(const CpuList& cpus,
                                                  const Processors& processors);

/// As text for people.
[[nodiscard]] std::string render_processors(const Processors& processors);

/// The same as JSON, schema 1; docs/PLANNING.md describes it.
[[nodiscard]] std::string render_processors_json(const Processors& processors);

}  // namespace early_bind
