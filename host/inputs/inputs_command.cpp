// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "core/text.hpp"
#include "grub-gen/machine.hpp"
#include "host/commands.hpp"
#include "host/inputs/handing.hpp"
#include "host/inputs/inputs.hpp"
#include "host/inputs/inputs_text.hpp"

namespace early_bind {
namespace {

constexpr const char* kQemuConf = "etc/libvirt/qemu.conf";

struct InputsWords {
    std::vector<std::string> selectors;
    bool json = false;
    bool libvirt = false;
    bool qemu = false;
    bool cgroup = false;
    std::string toggle{kToggles.front()};
};

/// Which profiles pass the functions that inputs hang on; none when the machine cannot be judged.
PassedBy passed_by(const sysfs::Root& root) {
    PassedBy passed;
    const auto machine = look_at(root);
    if (!machine) {
        warn({machine.error().what});
        return passed;
    }
    for (const auto& profile : machine->profiles) {
        for (const auto& address : profile.bind) {
            passed[address].push_back(profile.name);
        }
    }
    return passed;
}

/// What to do for the output, on the standard error: the output itself is for a file.
void say_how(const InputsWords& words) {
    if (words.libvirt) {
        say("these go into <devices>; with <input type='keyboard' bus='virtio'/> and <input "
            "type='mouse' bus='virtio'/> beside them the guest needs no PS/2 (Windows: with the "
            "driver vioinput)");
    }
    if (words.qemu) {
        say("add -device virtio-keyboard-pci -device virtio-mouse-pci for a guest that has their "
            "drivers (Windows: vioinput); else it sees PS/2");
    }
    if (words.cgroup) {
        say("this takes the place of cgroup_device_acl in /etc/libvirt/qemu.conf, and libvirt "
            "needs a "
            "restart; only for input-linux in <qemu:commandline>: <input type='evdev'> needs none "
            "of it");
    }
}

int show(const sysfs::Root& root, const InputsWords& words) {
    if (std::find(kToggles.begin(), kToggles.end(), words.toggle) == kToggles.end()) {
        say(fmt::format("there is no toggle `{}`; it is one of {}",
                        text::printable(words.toggle.substr(0, 80)),
                        text::join_words({kToggles.begin(), kToggles.end()})));
        return kUsage;
    }
    const auto all = read_inputs(root);
    const bool listing = !words.libvirt && !words.qemu && !words.cgroup;
    const auto chosen = listing && words.selectors.empty() ? Result<std::vector<InputDevice>>(all)
                                                           : select_inputs(all, words.selectors);
    if (!chosen) {
        return failed(chosen.error());
    }
    if (listing) {
        const auto passed = passed_by(root);
        print(words.json ? render_inputs_json(*chosen, passed) : render_inputs(*chosen, passed));
        return kGood;
    }
    if (chosen->empty()) {
        return failed({"there is no keyboard and no mouse here to hand to a VM"});
    }
    for (const auto& input : *chosen) {
        if (!input.stable) {
            warn(
                {fmt::format("{} ({}) may be another device after a boot: udev has no link of its "
                             "own for it",
                             input.path, input.name)});
        }
    }
    if (words.libvirt) {
        print(libvirt_inputs(*chosen, words.toggle));
    } else if (words.qemu) {
        print(qemu_inputs(*chosen, words.toggle));
    } else {
        const auto list = device_acl(root.read(kQemuConf).value_or(""));
        print(cgroup_setting(list.empty() ? default_device_acl() : list, *chosen));
    }
    say_how(words);
    return kGood;
}

}  // namespace

Command inputs_command(CLI::App& program) {
    auto* commands =
        program.add_subcommand("inputs", "list keyboards and mice, and what hands them to a VM");
    const auto words = std::make_shared<InputsWords>();
    commands->add_option("WORD", words->selectors,
                         "only those with this in their name, path, node or PCI address");
    auto* json = commands->add_flag("--json", words->json, "as JSON");
    auto* libvirt = commands->add_flag("--libvirt", words->libvirt, "as elements of a domain");
    auto* qemu = commands->add_flag("--qemu", words->qemu, "as arguments of QEMU");
    auto* cgroup = commands->add_flag("--cgroup", words->cgroup,
                                      "as cgroup_device_acl of libvirt's qemu.conf");
    json->excludes(libvirt)->excludes(qemu)->excludes(cgroup);
    libvirt->excludes(qemu)->excludes(cgroup);
    qemu->excludes(cgroup);
    commands
        ->add_option("--toggle", words->toggle,
                     "the keys that move them between host and guest: " +
                         text::join_words({kToggles.begin(), kToggles.end()}))
        ->type_name("KEYS");
    return {commands, [words](const sysfs::Root& root) -> int { return show(root, *words); }};
}

}  // namespace early_bind
