// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/export/qemu.hpp"
#include "tests/support/sample_vm.hpp"

namespace early_bind {
namespace {

std::string shell(const Vm& vm, const QemuOptions& options = {}) {
    return render_shell(qemu_arguments(vm, options));
}

TEST(ExportQemu, DevicesOnly) {
    EXPECT_EQ(shell(test::sample_vm()),
              R"(-device pcie-root-port,id=early-bind-0,bus=pcie.0,chassis=101,slot=101 \
-device vfio-pci,host=0000:01:00.0,bus=early-bind-0,addr=00.0,multifunction=on,romfile=/a.rom \
-device vfio-pci,host=0000:01:00.1,bus=early-bind-0,addr=00.1 \
-device pcie-root-port,id=early-bind-1,bus=pcie.0,chassis=102,slot=102 \
-device vfio-pci,host=10000:e1:00.1,bus=early-bind-1,addr=00.0
)");
}

TEST(ExportQemu, MemoryOfNodesAndPinnedCpus) {
    auto vm = test::sample_workstation();
    vm.cards.clear();
    EXPECT_EQ(shell(vm), R"(-name debug-threads=on \
-cpu host,topoext=on \
-smp cpus=8,sockets=2,cores=2,threads=2 \
-m 12288M \
-object memory-backend-memfd,id=early-bind-ram0,size=8192M,hugetlb=on,hugetlbsize=1G,prealloc=on,share=on,host-nodes=0,policy=bind \
-numa node,nodeid=0,memdev=early-bind-ram0,cpus=0-3 \
-object memory-backend-memfd,id=early-bind-ram1,size=4096M,hugetlb=on,hugetlbsize=1G,prealloc=on,share=on,host-nodes=1,policy=bind \
-numa node,nodeid=1,memdev=early-bind-ram1,cpus=4-7
)");
}

TEST(ExportQemu, MemoryOfOnePlace) {
    Vm vm;
    vm.memory.cells = {{512, std::nullopt, 0}};
    EXPECT_EQ(shell(vm), "-m 512M\n");
    vm.memory.page_mebibytes = 2;
    EXPECT_EQ(shell(vm),
              "-m 512M \\\n-object memory-backend-memfd,id=early-bind-ram,size=512M,hugetlb=on,"
              "hugetlbsize=2M,prealloc=on,share=on \\\n-machine memory-backend=early-bind-ram\n");
    vm.memory.cells[0].node = 1;
    EXPECT_EQ(shell(vm),
              "-m 512M \\\n-object memory-backend-memfd,id=early-bind-ram,size=512M,hugetlb=on,"
              "hugetlbsize=2M,prealloc=on,share=on,host-nodes=1,policy=bind \\\n-machine "
              "memory-backend=early-bind-ram\n");
}

/// A node of the guest may have memory alone.
TEST(ExportQemu, ANodeWithoutCpus) {
    Vm vm;
    vm.memory.cells = {{512, 0, 2}, {256, 1, 0}};
    const auto text = shell(vm);
    EXPECT_NE(text.find("-numa node,nodeid=0,memdev=early-bind-ram0,cpus=0-1 \\\n"),
              std::string::npos)
        << text;
    EXPECT_TRUE(text.ends_with("-numa node,nodeid=1,memdev=early-bind-ram1\n")) << text;
}

TEST(ExportQemu, AWholeMachineAndAllTweaks) {
    auto vm = test::sample_vm();
    vm.cpus = {2, {}, {}, false, 1, 2, 1, false};
    QemuOptions options;
    options.machine = true;
    options.tweaks = {true, "abcdefghijkl", 64, true, true};
    const std::string begin = R"(-nodefaults \
-machine q35,accel=kvm \
-display none \
-vga none \
-cpu host,kvm=off,hv-relaxed=on,hv-vendor-id=abcdefghijkl \
-smp cpus=2,sockets=1,cores=2,threads=1 \
-device pcie-root-port,id=early-bind-0,bus=pcie.0,chassis=101,slot=101 \
-device vfio-pci,host=0000:01:00.0,bus=early-bind-0,addr=00.0,multifunction=on,x-vga=on,romfile=/a.rom \
)";
    const std::string end =
        R"(-object memory-backend-file,id=early-bind-looking-glass,share=on,mem-path=/dev/shm/looking-glass,size=64M \
-device ivshmem-plain,memdev=early-bind-looking-glass,bus=pcie.0 \
-object memory-backend-file,id=early-bind-scream-ivshmem,share=on,mem-path=/dev/shm/scream-ivshmem,size=2M \
-device ivshmem-plain,memdev=early-bind-scream-ivshmem,bus=pcie.0
)";
    const auto text = shell(vm, options);
    EXPECT_TRUE(text.starts_with(begin)) << text;
    EXPECT_TRUE(text.ends_with(end)) << text;
}

TEST(ExportQemu, WithoutKvmTheProcessorIsAnother) {
    auto vm = test::sample_workstation();
    vm.cards.clear();
    vm.memory.cells.clear();
    QemuOptions options;
    options.machine = true;
    options.accelerator = "tcg";
    EXPECT_EQ(shell(vm, options),
              "-nodefaults \\\n-machine q35,accel=tcg \\\n-display none \\\n-vga none \\\n"
              "-name debug-threads=on \\\n-cpu max \\\n-smp cpus=8,sockets=2,cores=2,threads=2\n");
}

TEST(ExportQemu, NamesOfFilesAreQuotedForQemuAndForTheShell) {
    auto vm = test::sample_vm();
    vm.cards.pop_back();
    vm.cards[0].functions.pop_back();
    vm.cards[0].functions[0].rom = "/x y,$(z)'.rom";
    const auto arguments = qemu_arguments(vm, {});
    EXPECT_EQ(render_shell({arguments.back()}),
              "-device 'vfio-pci,host=0000:01:00.0,bus=early-bind-0,addr=00.0,romfile=/x "
              "y,,$(z)'\\''.rom'\n");
    EXPECT_EQ(render_json({arguments.back()}),
              "{\"schema\":1,\"arguments\":[\"-device\",\"vfio-pci,host=0000:01:00.0,bus=early-"
              "bind-0,addr=00.0,romfile=/x "
              "y,,$(z)'.rom\"]}\n");
}

}  // namespace
}  // namespace early_bind
