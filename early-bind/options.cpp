// SPDX-License-Identifier: MIT
#include "early-bind/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::array<std::pair<std::string_view, BootCommand>, 6> kCommands = {{
    {"boot", BootCommand::boot},
    {"plan", BootCommand::plan},
    {"status", BootCommand::status},
    {"late", BootCommand::late},
    {"complete", BootCommand::complete},
    {"confirm", BootCommand::confirm},
}};

constexpr std::string_view kSeeHelp = "see early-bind --help";

/// What early-bind-host does.
constexpr std::array<std::string_view, 10> kHostCommands = {
    "bind", "release", "switch", "display", "services", "export", "inputs", "groups", "cpus", "rom",
};

std::optional<BootCommand> command_of(std::string_view word) {
    for (const auto& [name, command] : kCommands) {
        if (name == word) {
            return command;
        }
    }
    if (std::find(kHostCommands.begin(), kHostCommands.end(), word) != kHostCommands.end()) {
        return BootCommand::host;
    }
    return std::nullopt;
}

tl::unexpected<Error> command_missing() {
    return fail(fmt::format(
        "a command is missing: boot, plan, status, late, complete or confirm; {}", kSeeHelp));
}

}  // namespace

const std::string_view kHelp =
    R"(usage: early-bind COMMAND [OPTION...]

commands
  boot      in the initramfs: bind what the chosen profile passes, then report
  plan      print what a profile means on this machine now; changes nothing
  status    compare what was asked for in this boot with what is
  late      in the running system: what boot does, for devices without a driver,
            after a boot whose initramfs did not run it
  complete  in the running system: finish a boot whose initramfs had no vfio-pci
  confirm   record that this boot's profile came to the end of the boot

in the booted system (early-bind COMMAND --help tells more)
  groups    list the IOMMU groups with their devices
  cpus      list cores, threads, caches and NUMA nodes, and what profiles isolate
  bind      give devices to vfio-pci now; dry without --run
  release   give devices back to the drivers they had; dry without --run
  switch    change to another profile without a reboot; dry without --run
  display   make the GPU that the host kept the one that the desktop uses
  services  keep services off GPUs that are passed
  export    print the devices for libvirt, QEMU or Proxmox
  inputs    list keyboards and mice, and what hands them to a VM
  rom       save the ROM of a card

options
  --profile NAME   plan: this profile instead of the one on the kernel command line
  --keep SELECTOR  plan: what early-bind.keep=SELECTOR would mean; an address
                   (01:00.0), a location or vendor:device (10de:2684)
  --json           status: JSON instead of a table
  --sysroot DIR    work on the system below DIR
  --help, --version

exit status
  0  plan: it can be carried out; status: what was asked for is what is; boot, late:
     always; complete, confirm: done, or nothing to do
  1  plan: it is refused; status: what was asked for is not what is
  2  the command cannot be carried out
)";

std::string version_line() {
    return fmt::format("early-bind {}\n", EARLY_BIND_VERSION);
}

Result<Options> parse_options(const std::vector<std::string>& words) {
    Options options;
    if (words.empty()) {
        return command_missing();
    }
    bool command_seen = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        std::optional<std::string> value;
        if (const auto equals = word.find('='); word.starts_with("--") && equals != word.npos) {
            value = std::string(word.substr(equals + 1));
            word = word.substr(0, equals);
        }
        if (word == "--profile" || word == "--keep" || word == "--sysroot") {
            if (!value && i + 1 < words.size()) {
                value = words[++i];
            }
            if (!value || value->empty()) {
                return fail(fmt::format("{} needs a value; {}", word, kSeeHelp));
            }
            (word == "--sysroot" ? options.sysroot
             : word == "--keep"  ? options.keep.emplace()
                                 : options.profile.emplace()) = *value;
        } else if (value) {
            return fail(fmt::format("`{}` is not understood here; {}", text::printable(words[i]),
                                    kSeeHelp));
        } else if (word == "--json") {
            options.json = true;
        } else if (word == "--help" || word == "-h") {
            options.command = BootCommand::help;
            return options;
        } else if (word == "--version") {
            options.command = BootCommand::version;
            return options;
        } else if (const auto command = command_of(word); command && !command_seen) {
            options.command = *command;
            command_seen = true;
            if (*command == BootCommand::host) {
                return options;
            }
        } else {
            return fail(fmt::format("`{}` is not understood here; {}", text::printable(words[i]),
                                    kSeeHelp));
        }
    }
    if (!command_seen) {
        return command_missing();
    }
    return options;
}

std::string render_plan(const Plan& plan) {
    std::string out = plan.profile.empty() ? std::string("static set alone\n")
                                           : fmt::format("profile {}\n", plan.profile);
    if (!plan.keep.empty()) {
        out += fmt::format("the host keeps {}\n", text::join_words(plan.keep));
    }
    for (const auto& reason : plan.reasons) {
        out += fmt::format("{}: {}\n    next: {}\n", info(reason.code).name, reason.text,
                           info(reason.code).next);
    }
    if (plan.refused) {
        out += "refused: nothing of the profile would be bound\n";
    }
    if (plan.actions.empty()) {
        out += "nothing to do\n";
    }
    for (const auto& action : plan.actions) {
        out += fmt::format("  {}\n", to_string(plan, action));
    }
    return out;
}

}  // namespace early_bind
