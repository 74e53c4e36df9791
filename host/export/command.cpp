// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>

#include "early-bind/system.hpp"
#include "grub-gen/machine.hpp"
#include "host/commands.hpp"
#include "host/export/options.hpp"
#include "host/export/qemu.hpp"
#include "host/export/request.hpp"

namespace early_bind {
namespace {

struct Words {
    ExportOptions common;
    CLI::App* qemu = nullptr;
    bool machine = false;
    std::string accelerator = "kvm";
    bool json = false;
};

/// Guests of AMD processors see threads only with this flag (target/i386/cpu.c).
bool has_topoext(const sysfs::Root& root) {
    const auto cpuinfo = root.read("proc/cpuinfo", std::size_t{16} * 1024 * 1024).value_or("");
    const auto flags = cpu_flags(cpuinfo);
    return std::find(flags.begin(), flags.end(), "topoext") != flags.end();
}

Result<Vm> describe(const sysfs::Root& root, const ExportOptions& options) {
    const auto request = read_request(options);
    if (!request) {
        return tl::unexpected(request.error());
    }
    const auto machine = look_at(root);
    if (!machine) {
        return tl::unexpected(machine.error());
    }
    const auto tokens = read_tokens(root);
    auto described = describe_vm(*machine, tokens.value_or(Tokens()), has_topoext(root), *request);
    if (!described) {
        return tl::unexpected(described.error());
    }
    warn(machine->warnings);
    warn(described->warnings);
    return std::move(described->vm);
}

int export_qemu(const sysfs::Root& root, const Words& words) {
    const auto tweaks = read_tweaks(words.common);
    if (!tweaks) {
        return failed(tweaks.error());
    }
    const auto vm = describe(root, words.common);
    if (!vm) {
        return failed(vm.error());
    }
    const auto arguments = qemu_arguments(*vm, {*tweaks, words.machine, words.accelerator});
    print(words.json ? render_json(arguments) : render_shell(arguments));
    return kGood;
}

void add_qemu(CLI::App& program, Words& words) {
    words.qemu = program.add_subcommand("qemu", "print arguments of qemu-system-x86_64");
    add_export_options(*words.qemu, words.common);
    words.qemu->add_flag("--x-vga", words.common.x_vga,
                         "legacy VGA on the first GPU, for a guest without UEFI");
    auto* machine = words.qemu->add_flag(
        "--machine", words.machine, "a whole machine: only disks and firmware are to be added");
    words.qemu->add_option("--accel", words.accelerator, "of that machine: kvm, or tcg without KVM")
        ->needs(machine)
        ->check(CLI::IsMember({"kvm", "tcg"}));
    words.qemu->add_flag("--json", words.json, "as an array of words, not as words of a shell");
}

}  // namespace

Command export_command(CLI::App& program) {
    auto* own = program.add_subcommand(
        "export", "describe a VM that gets the passed devices, for libvirt, QEMU or Proxmox");
    own->require_subcommand(1);
    const auto words = std::make_shared<Words>();
    add_qemu(*own, *words);
    return {own, [words](const sysfs::Root& root) -> int { return export_qemu(root, *words); }};
}

}  // namespace early_bind
