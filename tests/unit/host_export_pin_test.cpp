// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "host/export/pin.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind {
namespace {

TEST(Pin, NamesOfThreads) {
    EXPECT_EQ(vcpu_of_thread("CPU 0/KVM"), 0U);
    EXPECT_EQ(vcpu_of_thread("CPU 127/TCG"), 127U);
    for (const char* name : {"", "CPU /KVM", "CPU 1", "CPU 1/HVF", "CPU x/KVM", "CPU 1x/KVM",
                             "ALL CPUs/TCG", "IO mon_iothread", "CPU -1/KVM"}) {
        EXPECT_EQ(vcpu_of_thread(name), std::nullopt) << name;
    }
}

TEST(Pin, EachVcpuHasItsCpu) {
    test::TemporaryRoot root;
    root.file("proc/7/task/7/comm", "qemu-system-x86\n")
        .file("proc/7/task/9/comm", "CPU 10/KVM\n")
        .file("proc/7/task/12/comm", "CPU 1/KVM\n")
        .file("proc/7/task/11/comm", "CPU 0/KVM\n")
        .directory("proc/7/task/13");
    const auto threads = read_vcpus(root.root(), 7);
    ASSERT_TRUE(threads) << threads.error().what;
    ASSERT_EQ(threads->size(), 3U);
    EXPECT_EQ((*threads)[2].vcpu, 10U);
    EXPECT_EQ((*threads)[2].thread, 9);
    const auto few = plan_pins(*threads, {4, 12, 5});
    ASSERT_FALSE(few);
    EXPECT_EQ(few.error().what,
              "the VM has a vCPU 10, and there are only 3 CPUs for it (4,12,5); start it with "
              "fewer, or give --cpus");
    const auto pins = plan_pins({(*threads)[0], (*threads)[1]}, {4, 12, 5});
    ASSERT_TRUE(pins) << pins.error().what;
    EXPECT_EQ(render_pins(*pins),
              "taskset --pid --cpu-list 4 11  # vCPU 0\n"
              "taskset --pid --cpu-list 12 12  # vCPU 1\n");
}

TEST(Pin, ProcessesThatAreNoQemu) {
    test::TemporaryRoot root;
    root.file("proc/7/task/7/comm", "bash\n");
    EXPECT_EQ(read_vcpus(root.root(), 8).error().what,
              "there is no process 8; give the id of a running QEMU");
    EXPECT_EQ(read_vcpus(root.root(), 7).error().what,
              "the process 7 has no threads that are named as vCPUs; is it a QEMU that was started "
              "with -name debug-threads=on?");
}

/// The test's own thread, on a CPU that it may run on, and back.
TEST(Pin, AThreadIsPinnedForReal) {
    cpu_set_t before;
    ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
    unsigned cpu = 0;
    while (!CPU_ISSET(cpu, &before)) {
        ++cpu;
    }
    const auto thread = ::gettid();
    const auto done = pin({{0, thread, cpu}});
    EXPECT_TRUE(done) << done.error().what;
    cpu_set_t now;
    ASSERT_EQ(::sched_getaffinity(0, sizeof now, &now), 0);
    EXPECT_EQ(CPU_COUNT(&now), 1);
    EXPECT_TRUE(CPU_ISSET(cpu, &now));
    ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
    const auto failed = pin({{3, thread, 8191}});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().what,
              fmt::format("cannot pin vCPU 3 (thread {}) to CPU 8191: Invalid argument", thread));
}

}  // namespace
}  // namespace early_bind
