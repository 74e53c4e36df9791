// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "host/listing/processors.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

using Texts = std::vector<std::string>;

const std::string kCpus = "sys/devices/system/cpu/";

void add_cache(test::TemporaryRoot& tree, unsigned cpu, unsigned index, const char* level,
               const char* type, const char* size, const std::string& shared) {
    const auto folder =
        kCpus + "cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(index);
    tree.file(folder + "/level", std::string(level) + "\n")
        .file(folder + "/type", std::string(type) + "\n")
        .file(folder + "/size", std::string(size) + "\n")
        .file(folder + "/shared_cpu_list", shared + "\n");
}

/// Eight threads in four cores, two of them at each of two L3 caches, as on AMD's processors.
class ProcessorsTest : public ::testing::Test {
  protected:
    ProcessorsTest() {
        tree_.file(kCpus + "online", "0-7\n")
            .file(kCpus + "offline", "\n")
            .file(kCpus + "isolated", "\n")
            .file(kCpus + "nohz_full", "(null)\n")
            .file("sys/devices/system/node/node0/cpulist", "0-7\n")
            .file("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       16777216 kB\n");
        for (unsigned cpu = 0; cpu < 8; ++cpu) {
            const auto core = std::to_string(cpu % 4) + "," + std::to_string(cpu % 4 + 4);
            const auto folder = kCpus + "cpu" + std::to_string(cpu) + "/topology/";
            tree_.file(folder + "thread_siblings_list", core + "\n")
                .file(folder + "physical_package_id", "0\n");
            add_cache(tree_, cpu, 0, "1", "Data", "32K", core);
            add_cache(tree_, cpu, 1, "1", "Instruction", "32K", core);
            add_cache(tree_, cpu, 2, "2", "Unified", "512K", core);
            add_cache(tree_, cpu, 3, "3", "Unified", "32768K", cpu % 4 < 2 ? "0-1,4-5" : "2-3,6-7");
        }
    }

    [[nodiscard]] Processors processors() const { return read_processors(tree_.root()); }

    test::TemporaryRoot tree_;
};

TEST_F(ProcessorsTest, AsText) {
    auto all = processors();
    EXPECT_EQ(render_processors(all), R"(8 CPUs online in 4 cores, 1 package, 1 NUMA node
isolated   none
nohz_full  none

    CPUs       package node L2        L3        isolated
    0,4        0       0    #0 512K   #0 32M
    1,5        0       0    #1 512K   #0 32M
    2,6        0       0    #2 512K   #1 32M
    3,7        0       0    #3 512K   #1 32M

node 0  16384 MiB  CPUs 0-7

No profile isolates CPUs.
)");
}

TEST_F(ProcessorsTest, WhatIsIsolatedNowAndByProfiles) {
    tree_.file(kCpus + "isolated", "3,7\n").file(kCpus + "nohz_full", "3,7\n");
    auto all = processors();
    all.profiles = {{"keep-amd", {2, 3, 6, 7}}, {"odd", {1, 2, 6}}};
    EXPECT_EQ(render_processors(all), R"(8 CPUs online in 4 cores, 1 package, 1 NUMA node
isolated   3,7
nohz_full  3,7

    CPUs       package node L2        L3        isolated
    0,4        0       0    #0 512K   #0 32M
    1,5        0       0    #1 512K   #0 32M    odd (a part)
    2,6        0       0    #2 512K   #1 32M    keep-amd, odd
    3,7        0       0    #3 512K   #1 32M    now, keep-amd

node 0  16384 MiB  CPUs 0-7

keep-amd isolates 2-3,6-7, 4 CPUs
odd isolates 1-2,6, 3 CPUs
    leaves 5 of the core 1,5 to the host
    shares the L3 cache #0 (0-1,4-5) with the host
    shares the L3 cache #1 (2-3,6-7) with the host
)");
}

TEST_F(ProcessorsTest, OneCacheForAllIsNoRemark) {
    auto all = processors();
    all.l3 = {{3, "Unified", 16384, all.online}};
    EXPECT_EQ(remarks_on({2, 6}, all), Texts());
}

TEST_F(ProcessorsTest, AnL2CacheOfSeveralCoresIs) {
    auto all = processors();
    all.l2 = {{2, "Unified", 2048, {0, 1, 4, 5}}, {2, "Unified", 2048, {2, 3, 6, 7}}};
    all.l3.clear();
    EXPECT_EQ(remarks_on({2, 6}, all), Texts{"shares the L2 cache #1 (2-3,6-7) with the host"});
}

TEST_F(ProcessorsTest, SeveralNodes) {
    tree_.file("sys/devices/system/node/node0/cpulist", "0-1,4-5\n")
        .file("sys/devices/system/node/node1/cpulist", "2-3,6-7\n");
    const auto all = processors();
    EXPECT_EQ(
        remarks_on({1, 2, 5, 6}, all),
        (Texts{"shares the L3 cache #0 (0-1,4-5) with the host",
               "shares the L3 cache #1 (2-3,6-7) with the host", "spans the NUMA nodes 0-1"}));
    EXPECT_EQ(all.cores[1].node, 0U);
    EXPECT_EQ(all.cores[2].node, 1U);
}

TEST_F(ProcessorsTest, KindsOfCores) {
    tree_.file("sys/devices/cpu_core/cpus", "0-1,4-5\n").file("sys/devices/cpu_atom/cpus", "2-3\n");
    const auto text = render_processors(processors());
    EXPECT_NE(text.find("    CPUs       package node kind        L2        L3        isolated\n"
                        "    0,4        0       0    performance #0 512K   #0 32M\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("    2,6        0       0    efficient   #2 512K   #1 32M\n"),
              std::string::npos)
        << text;
}

TEST(Processors, WhatIsNotKnown) {
    test::TemporaryRoot tree;
    tree.file(kCpus + "online", "0-1\n")
        .file(kCpus + "offline", "2-3\n")
        .file(kCpus + "cpu1/cache/index0/level", "odd\n")
        .file(kCpus + "cpu1/cache/index0/shared_cpu_list", "1\n")
        .file(kCpus + "cpu1/cache/index1/level", "2\n")
        .file(kCpus + "cpu1/cache/index1/size", "2M\n")
        .file(kCpus + "cpu1/cache/index1/shared_cpu_list", "1\n")
        .file(kCpus + "cpu0/topology/physical_package_id", "-1\n");
    EXPECT_EQ(render_processors(read_processors(tree.root())), R"(2 CPUs online in 2 cores
isolated   not known
nohz_full  not known
offline    2-3

    CPUs       package node L2        L3        isolated
    0          -       -    -         -
    1          -       -    #0 ?      -

No profile isolates CPUs.
)");
}

TEST(Processors, WithoutCaches) {
    test::TemporaryRoot tree;
    tree.file(kCpus + "online", "0\n");
    EXPECT_EQ(render_processors(read_processors(tree.root())), R"(1 CPU online in 1 core
isolated   not known
nohz_full  not known

    CPUs       package node L2        L3        isolated
    0          -       -    -         -

The caches are not known.

No profile isolates CPUs.
)");
}

TEST_F(ProcessorsTest, AsJson) {
    test::TemporaryRoot tree;
    tree.file(kCpus + "online", "0-1\n").file(kCpus + "isolated", "1\n");
    add_cache(tree, 0, 0, "3", "Unified", "4096K", "0-1");
    add_cache(tree, 1, 0, "3", "Unified", "4096K", "0-1");
    auto all = read_processors(tree.root());
    all.profiles = {{"mine", {1}}};
    EXPECT_EQ(render_processors_json(all), R"({
 "schema": 1,
 "online": [
  0,
  1
 ],
 "offline": [],
 "isolated": [
  1
 ],
 "nohz_full": null,
 "cores": [
  {
   "cpus": [
    0
   ],
   "package": null,
   "node": null,
   "kind": null,
   "l2": null,
   "l3": 0
  },
  {
   "cpus": [
    1
   ],
   "package": null,
   "node": null,
   "kind": null,
   "l2": null,
   "l3": 0
  }
 ],
 "l2": [],
 "l3": [
  {
   "level": 3,
   "kibibytes": 4096,
   "cpus": [
    0,
    1
   ]
  }
 ],
 "nodes": [],
 "profiles": [
  {
   "profile": "mine",
   "cpus": [
    1
   ],
   "remarks": []
  }
 ]
}
)");
}

TEST(Isolations, OfProfilesThatAreMade) {
    const auto config = parse_config(
        "[profile.a]\ncpus = \"2-3\"\n[profile.b]\nname = \"c\"\ncpus = \"1\"\n"
        "[profile.d]\nenabled = false\ncpus = \"1\"\n[profile.e]\nzram = true\n");
    ASSERT_TRUE(config) << config.error().what;
    const auto found = isolations(*config);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].profile, "a");
    EXPECT_EQ(found[0].cpus, (CpuList{2, 3}));
    EXPECT_EQ(found[1].profile, "c");
}

}  // namespace
}  // namespace early_bind
