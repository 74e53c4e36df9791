// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/export/libvirt.hpp"
#include "tests/support/sample_vm.hpp"

namespace early_bind {
namespace {

std::string xml(const Vm& vm, const LibvirtOptions& options) {
    const auto text = render_libvirt(vm, options);
    return text ? *text : text.error().what;
}

/// Two hyphens would end the comment with the NIC's name.
TEST(ExportLibvirt, DevicesOnly) {
    EXPECT_EQ(
        xml(test::sample_vm(), {{}, "", 16}),
        R"(<!-- Into the <devices> of <domain>; the controllers' numbers must be free there: -->
<devices>
  <!-- NVIDIA GeForce RTX 4090 -->
  <controller type='pci' index='16' model='pcie-root-port'/>
  <hostdev mode='subsystem' type='pci' managed='yes'>
    <source>
      <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </source>
    <rom file='/a.rom'/>
    <address type='pci' domain='0x0000' bus='0x10' slot='0x00' function='0x0' multifunction='on'/>
  </hostdev>
  <hostdev mode='subsystem' type='pci' managed='yes'>
    <source>
      <address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>
    </source>
    <address type='pci' domain='0x0000' bus='0x10' slot='0x00' function='0x1'/>
  </hostdev>
  <!-- Ethernet controller: -_> 'A' & <B> -->
  <controller type='pci' index='17' model='pcie-root-port'/>
  <hostdev mode='subsystem' type='pci' managed='yes'>
    <source>
      <address domain='0x10000' bus='0xe1' slot='0x00' function='0x1'/>
    </source>
    <address type='pci' domain='0x0000' bus='0x11' slot='0x00' function='0x0'/>
  </hostdev>
</devices>
)");
}

TEST(ExportLibvirt, AWholeDomainWithEverything) {
    auto vm = test::sample_workstation();
    vm.cards.pop_back();
    vm.cards[0].functions.pop_back();
    vm.cards[0].functions[0].rom = "/it's <1> & more.rom";
    EXPECT_EQ(xml(vm, {{true, "abc", 64, true, false}, "games", 1}), R"(<domain type='kvm'>
  <name>games</name>
  <memory unit='MiB'>12288</memory>
  <memoryBacking>
    <hugepages>
      <page size='1024' unit='MiB'/>
    </hugepages>
  </memoryBacking>
  <vcpu placement='static'>8</vcpu>
  <cputune>
    <vcpupin vcpu='0' cpuset='2'/>
    <vcpupin vcpu='1' cpuset='10'/>
    <vcpupin vcpu='2' cpuset='3'/>
    <vcpupin vcpu='3' cpuset='11'/>
    <vcpupin vcpu='4' cpuset='6'/>
    <vcpupin vcpu='5' cpuset='14'/>
    <vcpupin vcpu='6' cpuset='7'/>
    <vcpupin vcpu='7' cpuset='15'/>
    <emulatorpin cpuset='0-1,4-5,8-9,12-13'/>
  </cputune>
  <numatune>
    <memory mode='strict' nodeset='0-1'/>
    <memnode cellid='0' mode='strict' nodeset='0'/>
    <memnode cellid='1' mode='strict' nodeset='1'/>
  </numatune>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features>
    <acpi/>
    <apic/>
    <hyperv mode='custom'>
      <relaxed state='on'/>
      <vendor_id state='on' value='abc'/>
    </hyperv>
    <kvm>
      <hidden state='on'/>
    </kvm>
  </features>
  <cpu mode='host-passthrough'>
    <topology sockets='2' cores='2' threads='2'/>
    <feature policy='require' name='topoext'/>
    <numa>
      <cell id='0' cpus='0-3' memory='8192' unit='MiB'/>
      <cell id='1' cpus='4-7' memory='4096' unit='MiB'/>
    </numa>
  </cpu>
  <devices>
    <!-- NVIDIA GeForce RTX 4090 -->
    <controller type='pci' index='1' model='pcie-root-port'/>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
      </source>
      <rom file='/it&apos;s &lt;1> &amp; more.rom'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </hostdev>
    <shmem name='looking-glass'>
      <model type='ivshmem-plain'/>
      <size unit='M'>64</size>
    </shmem>
    <shmem name='scream-ivshmem'>
      <model type='ivshmem-plain'/>
      <size unit='M'>2</size>
    </shmem>
    <!-- Memory of a VM with passed devices stays where it is: no balloon -->
    <memballoon model='none'/>
  </devices>
</domain>
)");
}

TEST(ExportLibvirt, FragmentsSayWhereTheyGo) {
    Vm vm;
    vm.memory.cells = {{4096, 1, 2}};
    vm.memory.page_mebibytes = 2;
    vm.cpus = {2, {2, 3}, {}, true, 1, 2, 1, false};
    EXPECT_EQ(xml(vm, {{true, "", 0, false, false}, "", 16}),
              R"(<!-- Into <domain>, in place of the elements of these names that are there: -->
<memory unit='MiB'>4096</memory>
<memoryBacking>
  <hugepages>
    <page size='2' unit='MiB'/>
  </hugepages>
</memoryBacking>
<vcpu placement='static'>2</vcpu>
<cputune>
  <vcpupin vcpu='0' cpuset='2'/>
  <vcpupin vcpu='1' cpuset='3'/>
</cputune>
<numatune>
  <memory mode='strict' nodeset='1'/>
</numatune>
<cpu mode='host-passthrough'>
  <topology sockets='1' cores='2' threads='1'/>
</cpu>
<!-- Into the <features> of <domain>: -->
<features>
  <kvm>
    <hidden state='on'/>
  </kvm>
</features>
<!-- Into the <devices> of <domain>; the controllers' numbers must be free there: -->
<devices>
</devices>
)");
}

TEST(ExportLibvirt, WhatCannotBe) {
    EXPECT_EQ(xml(test::sample_vm(), {{}, "games", 1}),
              "a whole domain needs memory and CPUs, and no profile says them: give --memory and "
              "--vcpus");
    EXPECT_EQ(xml(test::sample_vm(), {{}, "", 255}),
              "2 cards from bus 255 on are more than a guest has room for; take fewer with "
              "--device");
    EXPECT_NE(xml(test::sample_vm(), {{}, "", 254}).find("bus='0xff'"), std::string::npos);
}

TEST(ExportLibvirt, NamesOfDomains) {
    EXPECT_TRUE(is_domain_name("Windows-11_a.b+c"));
    EXPECT_FALSE(is_domain_name(""));
    EXPECT_FALSE(is_domain_name("a b"));
    EXPECT_FALSE(is_domain_name("a</name>"));
    EXPECT_FALSE(is_domain_name(".a"));
    EXPECT_FALSE(is_domain_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace early_bind
