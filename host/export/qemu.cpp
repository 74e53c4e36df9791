// SPDX-License-Identifier: MIT
#include "host/export/qemu.hpp"

#include <fmt/core.h>

#include <string_view>

#include "core/text.hpp"
#include "host/escape.hpp"

namespace early_bind {
namespace {

using Arguments = std::vector<std::vector<std::string>>;

/// Ports are told apart by chassis and slot (hw/pci/pcie_port.c); these leave the low numbers to
/// ports of the user's own.
constexpr unsigned kFirstChassis = 101;

/// "1G", "2M".
std::string page_text(unsigned mebibytes) {
    return mebibytes % 1024 == 0 ? fmt::format("{}G", mebibytes / 1024)
                                 : fmt::format("{}M", mebibytes);
}

/// The processor is for the user to choose, unless something is to be said of it. Of Hyper-V's
/// features at least one must be on for the vendor to be told at all (target/i386/kvm/kvm.c,
/// hyperv_enabled()); the one here costs nothing.
void add_processor(const Vm& vm, const QemuOptions& options, Arguments& out) {
    const bool kvm = !options.machine || options.accelerator == "kvm";
    std::string features;
    if (options.tweaks.hide_kvm) {
        features += ",kvm=off";
    }
    if (!options.tweaks.vendor_id.empty()) {
        features += ",hv-relaxed=on,hv-vendor-id=" + options.tweaks.vendor_id;
    }
    if (vm.cpus.topoext && kvm) {
        features += ",topoext=on";
    }
    if (options.machine || !features.empty()) {
        out.push_back({"-cpu", (kvm ? "host" : "max") + features});
    }
    const auto& cpus = vm.cpus;
    if (cpus.count > 0) {
        out.push_back({"-smp", fmt::format("cpus={},sockets={},cores={},threads={}", cpus.count,
                                           cpus.sockets, cpus.cores, cpus.threads)});
    }
}

/// Memory that the kernel has set aside comes from a memfd, which needs no mount of hugetlbfs and
/// no right to write to one.
std::string memory_object(const VmMemory& memory, const Cell& cell, std::string_view id) {
    std::string object = fmt::format("memory-backend-memfd,id={},size={}M", id, cell.mebibytes);
    if (memory.page_mebibytes > 0) {
        object +=
            fmt::format(",hugetlb=on,hugetlbsize={},prealloc=on", page_text(memory.page_mebibytes));
    }
    object += ",share=on";
    if (cell.node) {
        object += fmt::format(",host-nodes={},policy=bind", *cell.node);
    }
    return object;
}

void add_memory(const Vm& vm, Arguments& out) {
    const auto& memory = vm.memory;
    if (memory.cells.empty()) {
        return;
    }
    out.push_back({"-m", fmt::format("{}M", memory.mebibytes())});
    const auto& first = memory.cells.front();
    if (memory.cells.size() == 1) {
        if (memory.page_mebibytes > 0 || first.node) {
            out.push_back({"-object", memory_object(memory, first, "early-bind-ram")});
            out.push_back({"-machine", "memory-backend=early-bind-ram"});
        }
        return;
    }
    unsigned vcpu = 0;
    for (std::size_t i = 0; i < memory.cells.size(); ++i) {
        const auto& cell = memory.cells[i];
        const auto id = fmt::format("early-bind-ram{}", i);
        std::string node = fmt::format("node,nodeid={},memdev={}", i, id);
        if (cell.vcpus > 0) {
            node += fmt::format(",cpus={}-{}", vcpu, vcpu + cell.vcpus - 1);
        }
        out.push_back({"-object", memory_object(memory, cell, id)});
        out.push_back({"-numa", node});
        vcpu += cell.vcpus;
    }
}

void add_cards(const Vm& vm, const QemuOptions& options, Arguments& out) {
    bool x_vga = options.tweaks.x_vga;
    for (std::size_t i = 0; i < vm.cards.size(); ++i) {
        const auto& card = vm.cards[i];
        const auto number = kFirstChassis + static_cast<unsigned>(i);
        out.push_back({"-device", fmt::format("pcie-root-port,id=early-bind-{},bus=pcie.0,chassis="
                                              "{},slot={}",
                                              i, number, number)});
        for (const auto& function : card.functions) {
            std::string device = fmt::format("vfio-pci,host={},bus=early-bind-{},addr=00.{}",
                                             to_string(function.host), i, function.guest);
            if (function.guest == 0 && card.functions.size() > 1) {
                device += ",multifunction=on";
            }
            if (function.guest == 0 && card.gpu && x_vga) {
                device += ",x-vga=on";
                x_vga = false;
            }
            if (!function.rom.empty()) {
                device += ",romfile=" + qemu_value(function.rom);
            }
            out.push_back({"-device", device});
        }
    }
}

void add_shared_memory(std::string_view name, std::uint64_t mebibytes, Arguments& out) {
    out.push_back(
        {"-object", fmt::format("memory-backend-file,id=early-bind-{0},share=on,mem-path=/dev/shm/"
                                "{0},size={1}M",
                                name, mebibytes)});
    out.push_back({"-device", fmt::format("ivshmem-plain,memdev=early-bind-{},bus=pcie.0", name)});
}

}  // namespace

std::vector<std::vector<std::string>> qemu_arguments(const Vm& vm, const QemuOptions& options) {
    Arguments out;
    if (options.machine) {
        out.push_back({"-nodefaults"});
        out.push_back({"-machine", "q35,accel=" + options.accelerator});
        out.push_back({"-display", "none"});
        out.push_back({"-vga", "none"});
    }
    if (!vm.cpus.host.empty()) {
        out.push_back({"-name", "debug-threads=on"});  // so that vCPUs can be pinned (pin.hpp)
    }
    add_processor(vm, options, out);
    add_memory(vm, out);
    add_cards(vm, options, out);
    if (options.tweaks.looking_glass > 0) {
        add_shared_memory(kLookingGlass, options.tweaks.looking_glass, out);
    }
    if (options.tweaks.scream) {
        add_shared_memory(kScream, kScreamMebibytes, out);
    }
    return out;
}

std::string render_shell(const std::vector<std::vector<std::string>>& arguments) {
    std::string text;
    for (const auto& argument : arguments) {
        text += text.empty() ? "" : " \\\n";
        for (std::size_t i = 0; i < argument.size(); ++i) {
            text += (i > 0 ? " " : "") + shell_word(argument[i]);
        }
    }
    return text + "\n";
}

std::string render_json(const std::vector<std::vector<std::string>>& arguments) {
    std::string words;
    for (const auto& argument : arguments) {
        for (const auto& word : argument) {
            words += (words.empty() ? "" : ",") + text::json_string(word);
        }
    }
    return fmt::format("{{\"schema\":1,\"arguments\":[{}]}}\n", words);
}

}  // namespace early_bind
