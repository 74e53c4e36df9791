// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/export/proxmox.hpp"
#include "tests/support/sample_vm.hpp"

namespace early_bind {
namespace {

std::string text_of(const Result<std::string>& text) {
    return text ? *text : text.error().what;
}

std::string commands(const Vm& vm, const ProxmoxOptions& options) {
    return text_of(render_proxmox(vm, options));
}

std::string mappings(const Vm& vm) {
    return text_of(render_mappings(vm, {{}, 0, true, "pve"}));
}

TEST(ExportProxmox, DevicesOnly) {
    EXPECT_EQ(commands(test::sample_vm(), {{}, 100, false, ""}),
              R"(install -m 644 /a.rom /usr/share/kvm/
# pcie=1 needs it
qm set 100 --machine q35
# NVIDIA GeForce RTX 4090
qm set 100 --hostpci0 host=0000:01:00,pcie=1,romfile=a.rom
# Ethernet controller: --> 'A' & <B>
qm set 100 --hostpci1 host=10000:e1:00.1,pcie=1
)");
}

TEST(ExportProxmox, Everything) {
    auto vm = test::sample_workstation();
    vm.cards.pop_back();
    vm.cards[0].whole_slot = false;
    vm.cards[0].functions[0].rom = "/usr/share/kvm/b c.rom";
    EXPECT_EQ(commands(vm, {{true, "abc", 64, false, true}, 101, false, ""}), R"sh(# pcie=1 needs it
qm set 101 --machine q35
# NVIDIA GeForce RTX 4090
qm set 101 --hostpci0 'host=0000:01:00.0;0000:01:00.1,pcie=1,x-vga=1,romfile=b c.rom'
qm set 101 --memory 12288
# memory of a VM with passed devices stays where it is
qm set 101 --balloon 0
qm set 101 --hugepages 1024
# without it Proxmox gives the boot's huge pages back when the VM ends
qm set 101 --keephugepages 1
# huge pages need it
qm set 101 --numa 1
qm set 101 --numa0 cpus=0-3,hostnodes=0,memory=8192,policy=bind
qm set 101 --numa1 cpus=4-7,hostnodes=1,memory=4096,policy=bind
qm set 101 --sockets 2
qm set 101 --cores 4
# hv-vendor-id counts for Windows guests
qm set 101 --cpu host,hidden=1,hv-vendor-id=abc
# the host finds it as /dev/shm/pve-shm-looking-glass
qm set 101 --ivshmem size=64,name=looking-glass
# The kernel spreads nothing over isolated CPUs, so `affinity` would put the whole VM on one.
# Pin each vCPU when the VM has started, by hand or in the post-start phase of a hookscript:
# early-bind export qemu --pin "$(cat /run/qemu-server/101.pid)" --run
)sh");
}

TEST(ExportProxmox, CpusThatAreNotIsolatedAreAnAffinity) {
    Vm vm;
    vm.cpus = {4, {2, 10, 3, 11}, {}, false, 1, 2, 2, false};
    EXPECT_EQ(commands(vm, {{}, 100, false, ""}),
              "# pcie=1 needs it\nqm set 100 --machine q35\nqm set 100 --sockets 1\n"
              "qm set 100 --cores 4\nqm set 100 --affinity 2-3,10-11\n");
}

TEST(ExportProxmox, SettingsAsAnObject) {
    EXPECT_EQ(
        text_of(render_proxmox_json(test::sample_vm(), {{}, 100, true, ""})),
        R"({"schema":1,"settings":{"machine":"q35","hostpci0":"mapping=gpu-10de-2684,pcie=1,romfile=a.rom",)"
        R"("hostpci1":"mapping=device-8086-1533,pcie=1"}})"
        "\n");
}

TEST(ExportProxmox, EqualCardsAreOneMapping) {
    auto vm = test::sample_vm();
    vm.cards.push_back(vm.cards[0]);
    for (auto& function : vm.cards[2].functions) {
        function.host.bus = 2;
        function.group = 15;
    }
    EXPECT_EQ(
        mappings(vm),
        "device-8086-1533\n"
        "\tdescription Ethernet controller: --> 'A' & <B>\n"
        "\tmap id=8086:1533,iommugroup=-1,node=pve,path=10000:e1:00.1,subsystem-id=0000:0000\n"
        "\n"
        "gpu-10de-2684\n"
        "\tdescription NVIDIA GeForce RTX 4090\n"
        "\tmap id=10de:2684,iommugroup=14,node=pve,path=0000:01:00,subsystem-id=1043:889a\n"
        "\tmap id=10de:2684,iommugroup=15,node=pve,path=0000:02:00,subsystem-id=1043:889a\n");
}

TEST(ExportProxmox, WhatProxmoxHasNoRoomFor) {
    auto vm = test::sample_vm();
    vm.cards[0].whole_slot = false;
    EXPECT_EQ(mappings(vm),
              "a mapping of Proxmox is a whole slot or one function, and "
              "0000:01:00.0;0000:01:00.1 is neither; leave --mapping out, or take others with "
              "--device");
    vm.cards[0].functions[1].rom = "/b.rom";
    EXPECT_EQ(commands(vm, {{}, 100, false, ""}),
              "Proxmox cannot give 0000:01:00.1 the ROM file /b.rom: it takes one for a card's "
              "first function, and no comma or semicolon in its name");
    EXPECT_EQ(commands(test::sample_vm(), {{false, "", 64, true, false}, 100, false, ""}),
              "Proxmox gives a VM one shared memory: take --looking-glass or --scream, and let "
              "Scream use the network");
    vm = test::sample_workstation();
    vm.memory.cells[1].vcpus = 0;
    EXPECT_EQ(commands(vm, {{}, 100, false, ""}),
              "Proxmox wants CPUs for each NUMA node of a VM, and there are none for the memory of "
              "node 1; give --cpus or --vcpus");
    vm.cards.assign(17, vm.cards[1]);
    EXPECT_EQ(commands(vm, {{}, 100, false, ""}),
              "Proxmox gives a VM at most 16 cards, and these are 17; take fewer with --device");
}

}  // namespace
}  // namespace early_bind
