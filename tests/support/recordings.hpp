// SPDX-License-Identifier: MIT
#pragma once

#include "grub-gen/record/recording.hpp"

namespace early_bind::test {

/// A recording in which everything occurs that a recording can hold.
inline Recording full_recording() {
    const auto function = [](pci::Address address, std::uint32_t class_code, int group,
                             std::optional<pci::Address> parent) {
        RecordedFunction out;
        out.address = address;
        out.ids = {0x10de, 0x2235, 0x10de, 0x145a};
        out.class_code.value = class_code;
        out.revision = 0xa1;
        out.group = group;
        out.parent = parent;
        return out;
    };
    Recording recording;
    recording.iommu = "intel";
    recording.functions = {
        function({0, 0, 1, 0}, 0x060400, 1, std::nullopt),
        function({0, 0, 0x0e, 0}, 0x010400, 2, std::nullopt),
        function({0, 1, 0, 0}, 0x030000, 3, pci::Address{0, 0, 1, 0}),
        function({0, 0x51, 0, 0}, 0x030200, 4, pci::Address{0, 0x50, 1, 2}),
        function({0, 0x51, 0, 4}, 0x030200, 5, pci::Address{0, 0x50, 1, 2}),
        function({0x10000, 0xe0, 6, 0}, 0x060400, 2, std::nullopt),
        function({0x10000, 0xe1, 0, 0}, 0x010802, 2, pci::Address{0x10000, 0xe0, 6, 0}),
    };
    auto& gpu = recording.functions[2];
    gpu.driver = "nvidia";
    gpu.boot_vga = true;
    gpu.boot_display = true;
    gpu.numa_node = 1;
    gpu.connectors = {{"DP-1", "connected"}, {"HDMI-A-1", "disconnected"}};
    recording.functions[4].physfn = pci::Address{0, 0x51, 0, 0};
    recording.root_bus_parents = {{"10000:e0", {0, 0, 0x0e, 0}}};
    recording.missing_bridges = {{{0, 0x50, 1, 2}, std::nullopt}};
    recording.virtual_groups = {{6, {"member-6", pci::Address{0, 0x51, 0, 4}}},
                                {7, {"member-7", std::nullopt}}};
    recording.framebuffers = {{"efi-framebuffer.0", "efi-framebuffer", pci::Address{0, 1, 0, 0}},
                              {"simple-framebuffer.0", "simple-framebuffer", std::nullopt}};
    recording.carriers.emplace();
    (*recording.carriers)[{0, 0, 0x0e, 0}] = {"/", "/boot/efi", "other", "swap"};
    (*recording.carriers)[{0x10000, 0xe1, 0, 0}] = {"/", "/boot/efi", "other", "swap"};
    recording.kernel = "6.1.0-9-amd64";
    recording.command_line = "quiet intel_iommu=on early-bind.profile=keep-nvidia-2235";
    recording.firmware = {"DMAR"};
    recording.memory = RecordedMemory{65733456, {{0, 32866728, "0-1,4-5"}, {1, 32866728, "2-3"}}};
    recording.cpus = RecordedCpus{
        "0-7", "0-5", {"0,4", "1,5", "2", "3"}, {"pse", "pdpe1gb", "vmx"}, "GenuineIntel"};
    return recording;
}

}  // namespace early_bind::test
