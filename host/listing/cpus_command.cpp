// SPDX-License-Identifier: MIT
#include <memory>

#include "grub-gen/machine.hpp"
#include "host/commands.hpp"
#include "host/listing/processors.hpp"

namespace early_bind {

Command cpus_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "cpus", "list cores, threads, caches and NUMA nodes, and what profiles isolate");
    const auto json = std::make_shared<bool>(false);
    words->add_flag("--json", *json, "as JSON");
    return {words, [json](const sysfs::Root& root) -> int {
                auto processors = read_processors(root);
                if (processors.online.empty()) {
                    return failed({root.outside_path("sys/devices/system/cpu/online") +
                                   " does not tell which CPUs there are"});
                }
                // The configuration may name CPUs that are not there, and this list helps then.
                if (const auto machine = look_at(root)) {
                    warn(machine->warnings);
                    processors.profiles = isolations(machine->config);
                } else {
                    warn({machine.error().what});
                }
                print(*json ? render_processors_json(processors) : render_processors(processors));
                return kGood;
            }};
}

}  // namespace early_bind
