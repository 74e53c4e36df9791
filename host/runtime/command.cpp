// SPDX-License-Identifier: MIT
// early-bind bind, release and switch.
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "core/text.hpp"
#include "early-bind/layout.hpp"
#include "early-bind/system.hpp"
#include "grub-gen/machine.hpp"
#include "host/commands.hpp"
#include "host/runtime/carry_out.hpp"
#include "host/runtime/change.hpp"
#include "host/runtime/render.hpp"
#include "host/selection.hpp"
#include "host/use.hpp"

namespace early_bind {
namespace {

struct RuntimeWords {
    std::vector<std::string> selectors;
    std::string profile;
    bool run = false;
    bool json = false;
    bool headless = false;
    bool devices_only = false;
    bool stop_display_manager = false;
};

/// Looks at the machine in so far as a change needs it.
Result<Situation> look(const sysfs::Root& root, Machine& machine) {
    auto report = read_report(root);
    if (!report) {
        return tl::unexpected(report.error());
    }
    Situation situation;
    for (const auto& gpu : machine.gpus) {
        situation.gpu_names.emplace(gpu.address, machine.gpu_name(gpu));
    }
    for (const auto& address : machine.choices.guarded) {
        const auto* function = machine.inventory.find(address);
        if (function != nullptr) {
            situation.guarded.push_back({function->identity, address});
        }
    }
    situation.host_only = machine.choices.host_only;
    situation.report = std::move(*report);
    situation.framebuffers = pci::read_framebuffers(root);
    situation.command_line = root.read("proc/cmdline").value_or("");
    situation.gpus = machine.gpus;
    situation.inventory = machine.inventory;
    return situation;
}

Result<Change> plan_for(const sysfs::Root& root, const Machine& machine, const Situation& situation,
                        const std::string& command, const RuntimeWords& options) {
    if (command == "switch") {
        const auto read = read_boot_table(root);
        const auto layout = find_layout({options.profile, std::nullopt}, read, situation.inventory);
        if (!layout) {
            const auto& reason = layout.error();
            return fail(fmt::format("{}; {}", reason.text, info(reason.code).next));
        }
        return plan_switch(situation, layout->table, *layout->profile(), options.headless,
                           options.devices_only);
    }
    const auto functions =
        select_functions(options.selectors, situation.inventory, situation.gpus, *machine.names);
    if (!functions) {
        return tl::unexpected(functions.error());
    }
    return command == "bind" ? plan_bind(situation, *functions, options.headless)
                             : plan_release(situation, *functions);
}

/// What was typed, as the report quotes it.
std::string typed(const std::string& command, const RuntimeWords& options) {
    std::string text = "early-bind " + command;
    for (const auto& word : options.selectors) {
        text += " " + word;
    }
    return text::printable(options.profile.empty() ? text : text + " " + options.profile);
}

int change_layout(const sysfs::Root& root, const std::string& command,
                  const RuntimeWords& options) {
    if (options.run && (!root.is_live() || ::geteuid() != 0)) {
        return failed({root.is_live() ? std::string("only root may give devices to another driver")
                                      : "--run works in the running system only, not below " +
                                            root.outside_path("")});
    }
    auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    const auto situation = look(root, *machine);
    if (!situation) {
        return failed(situation.error());
    }
    auto change = plan_for(root, *machine, *situation, command, options);
    if (!change) {
        return failed(change.error());
    }
    warn(machine->warnings);
    auto uses = find_uses(root, situation->inventory, change->touched());
    // What ends with the desktop is seen when it has ended, by carry_out().
    const bool may_end = options.stop_display_manager;
    if (may_end && !options.run) {
        for (const auto& use : uses) {
            say("with the display manager this has to end: " + to_string(use));
        }
    }
    if (!may_end) {
        guard_uses(*change, std::move(uses));
    }
    const bool acts = options.run && !change->refused() && !change->touched().empty();
    std::optional<Outcomes> outcomes;
    if (!options.json) {
        print(render_change(*change, situation->inventory, *machine->names));
    }
    if (acts) {
        outcomes = carry_out(root, *situation, *change, options.stop_display_manager,
                             typed(command, options), say);
    }
    if (options.json) {
        print(render_change_json(command, *change, outcomes ? &*outcomes : nullptr));
    } else if (outcomes) {
        print(render_outcomes(*outcomes));
    } else if (!options.run && !change->refused() && !change->touched().empty()) {
        print("nothing was changed: --run does it\n");
    }
    return change->refused() || (outcomes && !outcomes->done) ? kFailed : kGood;
}

Command runtime_command(CLI::App& program, const std::string& name, const std::string& purpose) {
    auto* words = program.add_subcommand(name, purpose);
    const auto options = std::make_shared<RuntimeWords>();
    if (name == "switch") {
        words->add_option("profile", options->profile, "a profile of `grub-gen scan`")
            ->required()
            ->type_name("PROFILE");
        words->add_flag("--devices-only", options->devices_only,
                        "also when the profile has memory, CPUs or kernel arguments that come with "
                        "a boot only");
    } else {
        words->add_option("selectors", options->selectors, std::string(kSelectionForms))
            ->required()
            ->type_name("SELECTOR");
    }
    words->add_flag("--run", options->run,
                    "do it; without this it is only said what would be done");
    words->add_flag("--json", options->json, "as JSON");
    words->add_flag("--stop-display-manager", options->stop_display_manager,
                    "end the desktop when it uses the devices; it comes back when the host has a "
                    "GPU for it");
    if (name != "release") {
        words->add_flag("--headless", options->headless,
                        "also when the host is left without a GPU");
    }
    return {
        words,
        [name, options](const sysfs::Root& root) { return change_layout(root, name, *options); },
        [options] { return options->run; }};
}

}  // namespace

Command bind_command(CLI::App& program) {
    return runtime_command(program, "bind", "give devices to vfio-pci");
}

Command release_command(CLI::App& program) {
    return runtime_command(program, "release", "give devices back to the drivers that they had");
}

Command switch_command(CLI::App& program) {
    return runtime_command(program, "switch", "change to another profile without a reboot");
}

}  // namespace early_bind
