// SPDX-License-Identifier: MIT
#include "host/export/proxmox.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/text.hpp"
#include "host/escape.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kRomFolder = "/usr/share/kvm/";  // romfile= is relative to it
constexpr std::size_t kMostCards = 16;                      // $MAX_HOSTPCI_DEVICES
constexpr std::size_t kMostNodes = 8;                       // $MAX_NUMA

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// "0000:01:00", every function of the slot.
std::string slot_text(const pci::Address& address) {
    const auto whole = to_string(address);
    return whole.substr(0, whole.rfind('.'));
}

std::string host_text(const Card& card) {
    if (card.whole_slot) {
        return slot_text(card.functions.front().host);
    }
    std::string list;
    for (const auto& function : card.functions) {
        list += (list.empty() ? "" : ";") + to_string(function.host);
    }
    return list;
}

/// Names of mappings say what a card is and not where: equal cards are in one mapping, of which
/// Proxmox gives each VM one that is free.
std::string mapping_name(const Card& card) {
    const auto& ids = card.functions.front().ids;
    return fmt::format("{}-{:04x}-{:04x}", card.gpu ? "gpu" : "device", ids.vendor, ids.device);
}

Result<void> add_cards(const Vm& vm, const ProxmoxOptions& options,
                       std::vector<ProxmoxSetting>& out) {
    if (vm.cards.size() > kMostCards) {
        return fail(
            fmt::format("Proxmox gives a VM at most {} cards, and these are {}; take fewer "
                        "with --device",
                        kMostCards, vm.cards.size()));
    }
    bool x_vga = options.tweaks.x_vga;
    for (std::size_t i = 0; i < vm.cards.size(); ++i) {
        const auto& card = vm.cards[i];
        std::string value =
            options.mapped ? "mapping=" + mapping_name(card) : "host=" + host_text(card);
        value += ",pcie=1";
        if (card.gpu && x_vga) {
            value += ",x-vga=1";
            x_vga = false;
        }
        for (const auto& function : card.functions) {
            if (function.rom.empty()) {
                continue;
            }
            const auto name = file_name(function.rom);
            if (&function != &card.functions.front() ||
                name.find_first_of(",;") != std::string_view::npos) {
                return fail(
                    fmt::format("Proxmox cannot give {} the ROM file {}: it takes one for a "
                                "card's first function, and no comma or semicolon in its "
                                "name",
                                to_string(function.host), function.rom));
            }
            value += fmt::format(",romfile={}", name);
        }
        out.push_back({fmt::format("hostpci{}", i), value, card.name});
    }
    return {};
}

Result<void> add_memory(const Vm& vm, std::vector<ProxmoxSetting>& out) {
    const auto& memory = vm.memory;
    if (memory.cells.empty()) {
        return {};
    }
    out.push_back({"memory", fmt::format("{}", memory.mebibytes()), ""});
    out.push_back({"balloon", "0", "memory of a VM with passed devices stays where it is"});
    if (memory.page_mebibytes > 0) {
        out.push_back({"hugepages", fmt::format("{}", memory.page_mebibytes), ""});
        out.push_back({"keephugepages", "1",
                       "without it Proxmox gives the boot's huge pages back when the VM ends"});
        out.push_back({"numa", "1", "huge pages need it"});
    }
    if (!memory.cells.front().node) {
        return {};
    }
    if (memory.cells.size() > kMostNodes) {
        return fail(fmt::format("Proxmox gives a VM at most {} NUMA nodes, and these are {}",
                                kMostNodes, memory.cells.size()));
    }
    unsigned vcpu = 0;
    for (std::size_t i = 0; i < memory.cells.size(); ++i) {
        const auto& cell = memory.cells[i];
        if (cell.vcpus == 0) {
            return fail(
                fmt::format("Proxmox wants CPUs for each NUMA node of a VM, and there are "
                            "none for the memory of node {}; give --cpus or --vcpus",
                            *cell.node));
        }
        out.push_back({fmt::format("numa{}", i),
                       fmt::format("cpus={}-{},hostnodes={},memory={},policy=bind", vcpu,
                                   vcpu + cell.vcpus - 1, *cell.node, cell.mebibytes),
                       ""});
        vcpu += cell.vcpus;
    }
    return {};
}

/// `affinity` is a taskset around the whole VM. Where the kernel does not spread threads over the
/// CPUs, they would all run on one of them.
void add_cpus(const Vm& vm, const Tweaks& tweaks, std::vector<ProxmoxSetting>& out) {
    const auto& cpus = vm.cpus;
    if (cpus.count > 0) {
        out.push_back({"sockets", fmt::format("{}", cpus.sockets), ""});
        out.push_back({"cores", fmt::format("{}", cpus.count / cpus.sockets), ""});
    }
    if (!cpus.host.empty() && !cpus.isolated) {
        auto list = cpus.host;
        std::sort(list.begin(), list.end());
        out.push_back({"affinity", to_string(list), ""});
    }
    std::string cpu;
    if (tweaks.hide_kvm) {
        cpu += ",hidden=1";
    }
    if (!tweaks.vendor_id.empty()) {
        cpu += ",hv-vendor-id=" + tweaks.vendor_id;
    }
    if (!cpu.empty()) {
        out.push_back({"cpu", "host" + cpu,
                       tweaks.vendor_id.empty() ? "" : "hv-vendor-id counts for Windows guests"});
    }
}

Result<void> add_shared_memory(const Tweaks& tweaks, std::vector<ProxmoxSetting>& out) {
    if (tweaks.looking_glass > 0 && tweaks.scream) {
        return fail(
            "Proxmox gives a VM one shared memory: take --looking-glass or --scream, and let "
            "Scream use the network");
    }
    const auto add = [&out](const char* name, std::uint64_t size) {
        out.push_back({"ivshmem", fmt::format("size={},name={}", size, name),
                       fmt::format("the host finds it as /dev/shm/pve-shm-{}", name)});
    };
    if (tweaks.looking_glass > 0) {
        add(kLookingGlass, tweaks.looking_glass);
    }
    if (tweaks.scream) {
        add(kScream, kScreamMebibytes);
    }
    return {};
}

std::string pinning_remark(const Vm& vm, unsigned number) {
    if (vm.cpus.host.empty() || !vm.cpus.isolated) {
        return {};
    }
    return fmt::format(
        "# The kernel spreads nothing over isolated CPUs, so `affinity` would put the whole VM on "
        "one.\n"
        "# Pin each vCPU when the VM has started, by hand or in the post-start phase of a "
        "hookscript:\n"
        "# early-bind export qemu --pin \"$(cat /run/qemu-server/{}.pid)\" --run\n",
        number);
}

}  // namespace

Result<std::vector<ProxmoxSetting>> proxmox_settings(const Vm& vm, const ProxmoxOptions& options) {
    std::vector<ProxmoxSetting> out;
    out.push_back({"machine", "q35", "pcie=1 needs it"});
    if (auto added = add_cards(vm, options, out); !added) {
        return tl::unexpected(added.error());
    }
    if (auto added = add_memory(vm, out); !added) {
        return tl::unexpected(added.error());
    }
    add_cpus(vm, options.tweaks, out);
    if (auto added = add_shared_memory(options.tweaks, out); !added) {
        return tl::unexpected(added.error());
    }
    return out;
}

Result<std::string> render_proxmox(const Vm& vm, const ProxmoxOptions& options) {
    const auto settings = proxmox_settings(vm, options);
    if (!settings) {
        return tl::unexpected(settings.error());
    }
    std::string text;
    for (const auto& card : vm.cards) {
        for (const auto& function : card.functions) {
            if (!function.rom.empty() &&
                function.rom != std::string(kRomFolder).append(file_name(function.rom))) {
                text += fmt::format("install -m 644 {} {}\n", shell_word(function.rom), kRomFolder);
            }
        }
    }
    for (const auto& setting : *settings) {
        if (!setting.remark.empty()) {
            text += fmt::format("# {}\n", text::printable(setting.remark));
        }
        text +=
            fmt::format("qm set {} --{} {}\n", options.vm, setting.key, shell_word(setting.value));
    }
    return text + pinning_remark(vm, options.vm);
}

Result<std::string> render_proxmox_json(const Vm& vm, const ProxmoxOptions& options) {
    const auto settings = proxmox_settings(vm, options);
    if (!settings) {
        return tl::unexpected(settings.error());
    }
    std::string text;
    for (const auto& setting : *settings) {
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", text::json_string(setting.key),
                            text::json_string(setting.value));
    }
    return fmt::format("{{\"schema\":1,\"settings\":{{{}}}}}\n", text);
}

Result<std::string> render_mappings(const Vm& vm, const ProxmoxOptions& options) {
    std::map<std::string, std::string> sections;
    for (const auto& card : vm.cards) {
        const auto& first = card.functions.front();
        if (!card.whole_slot && card.functions.size() > 1) {
            return fail(
                fmt::format("a mapping of Proxmox is a whole slot or one function, and {} "
                            "is neither; leave --mapping out, or take others with --device",
                            host_text(card)));
        }
        const auto name = mapping_name(card);
        auto& section = sections[name];
        if (section.empty()) {
            section = fmt::format("{}\n\tdescription {}\n", name, card.name);
        }
        // What is expected of a slot is that of its first function.
        section += fmt::format(
            "\tmap id={:04x}:{:04x},iommugroup={},node={},path={},subsystem-id={:04x}:{:04x}\n",
            first.ids.vendor, first.ids.device, first.group.value_or(-1), options.node,
            host_text(card), first.ids.subsystem_vendor, first.ids.subsystem_device);
    }
    std::string text;
    for (const auto& [name, section] : sections) {
        text += (text.empty() ? "" : "\n") + section;
    }
    return text;
}

}  // namespace early_bind
