// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "early-bind/system.hpp"
#include "grub-gen/machine.hpp"
#include "host/commands.hpp"
#include "host/export/libvirt.hpp"
#include "host/export/options.hpp"
#include "host/export/pin.hpp"
#include "host/export/proxmox.hpp"
#include "host/export/qemu.hpp"
#include "host/export/request.hpp"

namespace early_bind {
namespace {

/// What stands on the command line.
struct ExportWords {
    ExportOptions common;
    CLI::App* libvirt = nullptr;
    std::string domain;
    unsigned bus = 0;
    CLI::App* qemu = nullptr;
    bool machine = false;
    std::string accelerator = "kvm";
    int pin = 0;
    bool run = false;
    CLI::App* proxmox = nullptr;
    unsigned vm = 0;
    bool mapping = false;
    std::string node;
    bool json = false;
};

int misused(const Error& error) {
    say(error.what);
    return kUsage;
}

/// Guests of AMD processors see threads only with this flag (QEMU, target/i386/cpu.c).
bool has_topoext(const sysfs::Root& root) {
    const auto cpuinfo = root.read("proc/cpuinfo", std::size_t{16} * 1024 * 1024).value_or("");
    const auto flags = cpu_flags(cpuinfo);
    return std::find(flags.begin(), flags.end(), "topoext") != flags.end();
}

/// A name of a file is not looked for where the root is a copy of another system.
void warn_of_roms(const sysfs::Root& root, const Vm& vm) {
    for (const auto& card : vm.cards) {
        for (const auto& function : card.functions) {
            if (root.is_live() && !function.rom.empty() && !root.exists(function.rom.substr(1))) {
                warn({fmt::format("the ROM file {} of {} is not there", function.rom,
                                  to_string(function.host))});
            }
        }
    }
}

Result<Vm> describe(const sysfs::Root& root, const ExportRequest& request) {
    const auto machine = look_at(root);
    if (!machine) {
        return tl::unexpected(machine.error());
    }
    const auto tokens = read_tokens(root).value_or(Tokens());
    auto described = describe_vm(*machine, tokens, has_topoext(root), request);
    if (!described) {
        return tl::unexpected(described.error());
    }
    warn(machine->warnings);
    warn(described->warnings);
    warn_of_roms(root, described->vm);
    return std::move(described->vm);
}

/// Reads the options, describes the VM, and prints what `render` makes of it.
template <class Render>
int export_vm(const sysfs::Root& root, const ExportWords& words, Render render) {
    const auto request = read_request(words.common);
    if (!request) {
        return misused(request.error());
    }
    const auto tweaks = read_tweaks(words.common);
    if (!tweaks) {
        return misused(tweaks.error());
    }
    const auto vm = describe(root, *request);
    if (!vm) {
        return failed(vm.error());
    }
    const Result<std::string> text = render(*vm, *tweaks);
    if (!text) {
        return failed(text.error());
    }
    print(*text);
    return kGood;
}

int export_libvirt(const sysfs::Root& root, const ExportWords& words) {
    if (!words.domain.empty() && !is_domain_name(words.domain)) {
        return misused(
            {"--domain takes a name of letters, digits, `.`, `_`, `+` and `-` that "
             "begins with a letter or digit"});
    }
    const unsigned usual_bus = words.domain.empty() ? kFreeBus : 1;
    return export_vm(root, words, [&](const Vm& vm, const Tweaks& tweaks) {
        return render_libvirt(vm, {tweaks, words.domain, words.bus > 0 ? words.bus : usual_bus});
    });
}

int pin_vcpus(const sysfs::Root& root, const ExportWords& words) {
    const auto request = read_request(words.common);
    if (!request) {
        return misused(request.error());
    }
    if (words.run && !root.is_live()) {
        return misused({"--run pins in the running system only; leave --sysroot out"});
    }
    const auto threads = read_vcpus(root, words.pin);
    if (!threads) {
        return failed(threads.error());
    }
    const auto machine = look_at(root);
    if (!machine) {
        return failed(machine.error());
    }
    const auto cpus = pinned_cpus(*machine, read_tokens(root).value_or(Tokens()), *request);
    if (!cpus) {
        return failed(cpus.error());
    }
    const auto pins = plan_pins(*threads, *cpus);
    if (!pins) {
        return failed(pins.error());
    }
    print(render_pins(*pins));
    if (!words.run) {
        say("dry run: nothing was changed; --run pins them");
        return kGood;
    }
    const auto done = pin(*pins);
    return done ? kGood : failed(done.error());
}

int export_qemu(const sysfs::Root& root, const ExportWords& words) {
    if (words.pin > 0) {
        return pin_vcpus(root, words);
    }
    return export_vm(root, words, [&](const Vm& vm, const Tweaks& tweaks) -> Result<std::string> {
        const auto arguments = qemu_arguments(vm, {tweaks, words.machine, words.accelerator});
        return words.json ? render_json(arguments) : render_shell(arguments);
    });
}

/// The node's name is the host's without a domain (PVE::INotify::nodename()).
std::string node_name(const sysfs::Root& root, const std::string& asked) {
    if (!asked.empty()) {
        return asked;
    }
    const auto host = root.read("etc/hostname").value_or("");
    const auto name = text::trim(host);
    return std::string(name.substr(0, name.find('.')));
}

bool is_node_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return text::is_letter(c) || text::is_digit(c) || c == '-';
    });
}

int export_proxmox(const sysfs::Root& root, const ExportWords& words) {
    if (words.vm == 0 && !words.mapping) {
        return misused({"the number of the VM is missing: --vm 100; or --mapping alone"});
    }
    const auto node = node_name(root, words.node);
    if (words.mapping && words.vm == 0 && !is_node_name(node)) {
        return misused({"--mapping takes the name of this node: --node NAME"});
    }
    return export_vm(root, words, [&](const Vm& vm, const Tweaks& tweaks) {
        const ProxmoxOptions options{tweaks, words.vm, words.mapping, node};
        if (words.vm == 0) {
            return render_mappings(vm, options);
        }
        return words.json ? render_proxmox_json(vm, options) : render_proxmox(vm, options);
    });
}

void add_libvirt(CLI::App& program, ExportWords& words) {
    auto* own = words.libvirt = program.add_subcommand("libvirt", "print XML for a libvirt domain");
    own->add_option("--domain", words.domain,
                    "a whole domain of this name, as virsh define takes it")
        ->type_name("NAME");
    own->add_option("--bus", words.bus,
                    "the guest's PCI bus of the first card, which must be free; else 16, behind "
                    "virt-manager's")
        ->type_name("NUMBER")
        ->check(CLI::Range(1U, 255U));
    add_export_options(*own, words.common);
}

void add_x_vga(CLI::App& own, ExportOptions& options) {
    own.add_flag("--x-vga", options.x_vga,
                 "legacy VGA on the first GPU, for a guest that boots without UEFI");
}

void add_qemu(CLI::App& program, ExportWords& words) {
    auto* own = words.qemu =
        program.add_subcommand("qemu", "print arguments for qemu-system-x86_64, or pin its vCPUs");
    auto* machine = own->add_flag("--machine", words.machine,
                                  "a whole machine: only disks and firmware are to be added");
    own->add_option("--accel", words.accelerator, "of that machine: kvm, or tcg without KVM")
        ->needs(machine)
        ->check(CLI::IsMember({"kvm", "tcg"}));
    own->add_flag("--json", words.json, "as JSON, not as words of a shell");
    auto* pin = own->add_option("--pin", words.pin,
                                "no arguments: how each vCPU of this running QEMU is pinned to "
                                "its CPU")
                    ->type_name("PID")
                    ->check(CLI::Range(1, 1 << 22));  // PID_MAX_LIMIT
    own->add_flag("--run", words.run, "pin them")->needs(pin);
    add_export_options(*own, words.common);
    add_x_vga(*own, words.common);
}

void add_proxmox(CLI::App& program, ExportWords& words) {
    auto* own = words.proxmox =
        program.add_subcommand("proxmox", "print commands for a VM of Proxmox VE");
    own->add_option("--vm", words.vm, "its number")
        ->type_name("NUMBER")
        ->check(CLI::Range(100U, 999999999U));
    own->add_flag("--mapping", words.mapping,
                  "name cards by their mappings in the cluster; without --vm, print these "
                  "mappings for /etc/pve/mapping/pci.cfg");
    own->add_option("--node", words.node, "the node of these mappings, else this host")
        ->type_name("NAME");
    own->add_flag("--json", words.json, "the VM's settings as JSON");
    add_export_options(*own, words.common);
    add_x_vga(*own, words.common);
}

}  // namespace

Command export_command(CLI::App& program) {
    auto* own = program.add_subcommand(
        "export", "describe a VM that gets the passed devices: libvirt, qemu or proxmox");
    own->require_subcommand(1);
    const auto words = std::make_shared<ExportWords>();
    add_libvirt(*own, *words);
    add_qemu(*own, *words);
    add_proxmox(*own, *words);
    return {own, [words](const sysfs::Root& root) -> int {
                if (words->libvirt->parsed()) {
                    return export_libvirt(root, *words);
                }
                return words->qemu->parsed() ? export_qemu(root, *words)
                                             : export_proxmox(root, *words);
            }};
}

}  // namespace early_bind
