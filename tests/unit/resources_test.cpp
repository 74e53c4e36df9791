// SPDX-License-Identifier: MIT
#include "grub-gen/resources.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;

/// Eight cores of two threads each, on two nodes; 32 GiB.
Hardware workstation() {
    Hardware hardware;
    hardware.mebibytes = 32768;
    hardware.nodes = {{0, 16384, {0, 1, 2, 3, 8, 9, 10, 11}},
                      {1, 16384, {4, 5, 6, 7, 12, 13, 14, 15}}};
    for (unsigned core = 0; core < 8; ++core) {
        hardware.cores.push_back({core, core + 8});
    }
    hardware.online = parse_cpu_list("0-15").value();
    hardware.pages_2m = true;
    hardware.pages_1g = true;
    return hardware;
}

ResourceRequest memory(std::vector<std::uint64_t> sizes, bool per_node = false) {
    ResourceRequest request;
    request.memory = MemoryRequest{std::move(sizes), per_node, {3, 10}};
    return request;
}

ResourceRequest cpus(const char* list) {
    ResourceRequest request;
    request.cpus = CpuRequest{parse_cpu_list(list).value(), {4, 8}};
    return request;
}

Texts arguments(const ResourceRequest& request, const Hardware& hardware = workstation()) {
    const auto planned = plan_resources(request, hardware);
    return planned ? planned->arguments : Texts{planned.error().what};
}

TEST(Resources, NothingAskedIsNothingGiven) {
    EXPECT_EQ(arguments({}), Texts());
}

TEST(Resources, HugePagesComeInTheKernelsOrder) {
    EXPECT_EQ(arguments(memory({16384})),
              (Texts{"default_hugepagesz=1G", "hugepagesz=1G", "hugepages=16"}));
}

TEST(Resources, PagesAreAsLargeAsTheyCanBe) {
    EXPECT_EQ(arguments(memory({1536})),
              (Texts{"default_hugepagesz=2M", "hugepagesz=2M", "hugepages=768"}));
    auto old = workstation();
    old.pages_1g = false;
    EXPECT_EQ(arguments(memory({2048}), old),
              (Texts{"default_hugepagesz=2M", "hugepagesz=2M", "hugepages=1024"}));
    auto small = memory({2048});
    small.page_mebibytes = 2;
    EXPECT_EQ(arguments(small),
              (Texts{"default_hugepagesz=2M", "hugepagesz=2M", "hugepages=1024"}));
    small.page_mebibytes = 1024;
    EXPECT_EQ(arguments(small, old),
              Texts{"line 3, column 10: this machine's processor has no huge pages of 1G; take "
                    "`pages` out or set it to \"2M\""});
    auto odd = memory({1537});
    EXPECT_EQ(arguments(odd),
              Texts{"line 3, column 10: `memory` must be a multiple of the page size 2M"});
    old.pages_2m = false;
    EXPECT_EQ(arguments(memory({2048}), old),
              Texts{"line 3, column 10: this machine's processor has no huge pages of 2M, so "
                    "`memory` cannot be set aside"});
}

TEST(Resources, EachNodeCanHaveItsShare) {
    EXPECT_EQ(arguments(memory({8192, 4096}, true)),
              (Texts{"default_hugepagesz=1G", "hugepagesz=1G", "hugepages=0:8,1:4"}));
    EXPECT_EQ(arguments(memory({0, 4096}, true)),
              (Texts{"default_hugepagesz=1G", "hugepagesz=1G", "hugepages=1:4"}));
    EXPECT_EQ(
        arguments(memory({17408, 0}, true)),
        Texts{"line 3, column 10: `memory` takes 17408 MiB of NUMA node 0, which has 16384 MiB"});
    EXPECT_EQ(arguments(memory({1024, 1024, 1024}, true)),
              Texts{"line 3, column 10: `memory` has 3 sizes, and this machine has 2 NUMA nodes"});
}

TEST(Resources, TheHostKeepsEnough) {
    EXPECT_EQ(
        arguments(memory({30 * 1024})),
        Texts{"line 3, column 10: `memory` takes 30720 of 32768 MiB, and the host needs 3276 MiB "
              "at least; ask for 28G or less"});
    EXPECT_EQ(arguments(memory({28 * 1024})).back(), "hugepages=28");
    auto small = workstation();
    small.mebibytes = 1900;
    EXPECT_EQ(
        arguments(memory({1024}), small),
        Texts{"line 3, column 10: `memory` takes 1024 of 1900 MiB, and the host needs 1024 MiB "
              "at least; ask for 876M or less"});
    EXPECT_EQ(
        arguments(memory({2}), Hardware()),
        Texts{"line 3, column 10: how much memory this machine has is not known, so none can be "
              "set aside"});
}

TEST(Resources, CpusLeaveTheOthersTheHousekeeping) {
    EXPECT_EQ(arguments(cpus("4-7,12-15")),
              (Texts{"isolcpus=managed_irq,domain,4-7,12-15", "nohz_full=4-7,12-15",
                     "rcu_nocbs=4-7,12-15", "irqaffinity=0-3,8-11"}));
    EXPECT_TRUE(plan_resources(cpus("4-7,12-15"), workstation())->warnings.empty());
}

TEST(Resources, TheFirstCoreStaysWithTheHost) {
    const Texts refused = {
        "line 4, column 8: `cpus` must leave the core of CPU 0 (0,8) to the host: the kernel boots "
        "there"};
    EXPECT_EQ(arguments(cpus("0-3")), refused);
    EXPECT_EQ(arguments(cpus("8")), refused);
    EXPECT_EQ(arguments(cpus("12-17")),
              Texts{"line 4, column 8: `cpus` has 16-17, and this machine has the CPUs 0-15"});
    EXPECT_EQ(arguments(cpus("1"), Hardware()),
              Texts{"line 4, column 8: which CPUs this machine has is not known, so none can be "
                    "isolated"});
}

TEST(Resources, HalfACoreIsWorthAWarning) {
    const std::string warning =
        "CPU {} is isolated, but CPU {} of the same core stays with the host and slows it down; "
        "isolate both or none";
    EXPECT_EQ(plan_resources(cpus("4"), workstation())->warnings,
              Texts{fmt::format(fmt::runtime(warning), 4, 12)});
    EXPECT_EQ(plan_resources(cpus("12"), workstation())->warnings,
              Texts{fmt::format(fmt::runtime(warning), 12, 4)});
}

TEST(Resources, ZramIsSizedFromWhatIsLeft) {
    auto request = memory({28 * 1024});
    request.zram = ZramRequest{true, std::nullopt, {5, 8}};
    request.zram_algorithm = "zstd";
    const auto planned = plan_resources(request, workstation());
    EXPECT_EQ(planned->zram->mebibytes, 2048U);
    EXPECT_EQ(planned->zram->algorithm, "zstd");
    request.memory.reset();
    EXPECT_EQ(plan_resources(request, workstation())->zram->mebibytes, 4096U);
    request.zram->mebibytes = 6000;
    EXPECT_EQ(plan_resources(request, workstation())->zram->mebibytes, 6000U);
    request.zram->mebibytes = 70000;
    EXPECT_EQ(
        arguments(request),
        Texts{"line 5, column 8: `zram` of 70000 MiB is more than twice the 32768 MiB that are "
              "left to the host"});
    request.zram->on = false;
    EXPECT_EQ(arguments(request), Texts{"systemd.zram=0"});
    EXPECT_FALSE(plan_resources(request, workstation())->zram);
    request.zram->on = true;
    EXPECT_EQ(
        arguments(request, Hardware()),
        Texts{"line 5, column 8: how much memory this machine has is not known, so zram has no "
              "size"});
}

TEST(Resources, ZswapIsArguments) {
    ResourceRequest request;
    request.zswap = true;
    request.zswap_compressor = "zstd";
    request.zswap_max_pool_percent = 20;
    EXPECT_EQ(arguments(request),
              (Texts{"zswap.enabled=1", "zswap.compressor=zstd", "zswap.max_pool_percent=20"}));
}

TEST(Sizes, ReadBackWhatTheyAre) {
    EXPECT_EQ(parse_size("16G"), 16384U);
    EXPECT_EQ(parse_size("1T"), 1048576U);
    EXPECT_EQ(parse_size("3M"), 3U);
    EXPECT_EQ(size_text(16384), "16G");
    EXPECT_EQ(size_text(1536), "1536M");
    EXPECT_EQ(size_text(0), "0M");
}

TEST(HardwareOfARoot, IsReadFromTheKernelsFiles) {
    test::TemporaryRoot t;
    t.file("proc/meminfo", "MemTotal:       33554432 kB\nMemFree: 1 kB\n");
    t.file("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu pse pdpe1gb svm\n");
    t.file("sys/devices/system/cpu/online", "0-3\n");
    for (const char* cpu : {"0", "1", "2", "3"}) {
        t.file(fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu),
               cpu[0] % 2 == 0 ? "0,2\n" : "1,3\n");
    }
    t.file("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       16777216 kB\n");
    t.file("sys/devices/system/node/node0/cpulist", "0-1\n");
    t.file("sys/devices/system/node/node10/cpulist", "2-3\n");
    t.file("sys/devices/system/node/online", "0,10\n");
    const auto hardware = read_hardware(t.root());
    EXPECT_EQ(hardware.mebibytes, 32768U);
    EXPECT_EQ(hardware.online, (CpuList{0, 1, 2, 3}));
    EXPECT_EQ(hardware.cores, (std::vector<CpuList>{{0, 2}, {1, 3}}));
    ASSERT_EQ(hardware.nodes.size(), 2U);
    EXPECT_EQ(hardware.nodes[0].mebibytes, 16384U);
    EXPECT_EQ(hardware.nodes[1].number, 10U);
    EXPECT_EQ(hardware.node_of(3), 10U);
    EXPECT_EQ(hardware.core_of(3), (CpuList{1, 3}));
    EXPECT_EQ(hardware.core_of(9), CpuList{9});
    EXPECT_TRUE(hardware.pages_1g && hardware.pages_2m);
}

TEST(HardwareOfARoot, MayBeUnknown) {
    const test::TemporaryRoot t;
    const auto hardware = read_hardware(t.root());
    EXPECT_EQ(hardware.mebibytes, 0U);
    EXPECT_TRUE(hardware.online.empty() && hardware.nodes.empty() && hardware.cores.empty());
    EXPECT_FALSE(hardware.pages_1g || hardware.pages_2m);
}

}  // namespace
}  // namespace early_bind
