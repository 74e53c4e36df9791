// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cpu_list.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// A thread of a running QEMU that is one of the guest's CPUs.
struct VcpuThread {
    unsigned vcpu = 0;
    int thread = 0;  ///< its id, as in /proc/PID/task
};

/// A vCPU and the CPU of the host that it shall run on.
struct Pin {
    unsigned vcpu = 0;
    int thread = 0;
    unsigned cpu = 0;
};

/// The number in a thread's name as QEMU gives it with debug-threads=on: "CPU 3/KVM", "CPU 3/TCG"
/// (accel/kvm/kvm-accel-ops.c, accel/tcg/tcg-accel-ops-mttcg.c). Nothing for other threads.
[[nodiscard]] std::optional<unsigned> vcpu_of_thread(std::string_view name);

/// The vCPUs of a process by number, from proc/PID/task/*/comm. Fails when there are none.
[[nodiscard]] Result<std::vector<VcpuThread>> read_vcpus(const sysfs::Root& root, int pid);

/// vCPU n goes to the n-th of the CPUs. Fails when there are more vCPUs than CPUs.
[[nodiscard]] Result<std::vector<Pin>> plan_pins(const std::vector<VcpuThread>& threads,
                                                 const CpuList& cpus);

/// As commands for a shell, taskset(1).
[[nodiscard]] std::string render_pins(const std::vector<Pin>& pins);

/// Pins each thread and reads the mask back. Fails at the first that does not take it; those before
/// stay pinned, which harms nothing.
[[nodiscard]] Result<void> pin(const std::vector<Pin>& pins);

}  // namespace early_bind
