// SPDX-License-Identifier: MIT
#include "host/export/pin.hpp"

#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "core/text.hpp"

namespace early_bind {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view digits) {
    Number number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, number);
    return code == std::errc{} && stop == end ? std::optional<Number>(number) : std::nullopt;
}

/// A set of CPUs as the kernel takes it, of any size (CPU_ALLOC(3)).
class CpuMask {
  public:
    explicit CpuMask(unsigned cpu) : size_(CPU_ALLOC_SIZE(kMostCpus)), set_(CPU_ALLOC(kMostCpus)) {
        CPU_ZERO_S(size_, set_.get());
        CPU_SET_S(cpu, size_, set_.get());
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] cpu_set_t* get() const { return set_.get(); }
    [[nodiscard]] bool equals(const CpuMask& other) const {
        return CPU_EQUAL_S(size_, set_.get(), other.set_.get());
    }

  private:
    static constexpr int kMostCpus = 8192;  // the kernel's own limit on x86, CONFIG_NR_CPUS
    struct Free {
        void operator()(cpu_set_t* set) const { CPU_FREE(set); }
    };
    std::size_t size_;
    std::unique_ptr<cpu_set_t, Free> set_;
};

}  // namespace

std::optional<unsigned> vcpu_of_thread(std::string_view name) {
    constexpr std::string_view kPrefix = "CPU ";
    const auto slash = name.find('/');
    if (!name.starts_with(kPrefix) || slash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto accelerator = name.substr(slash + 1);
    if (accelerator != "KVM" && accelerator != "TCG") {
        return std::nullopt;
    }
    return parse_number<unsigned>(name.substr(kPrefix.size(), slash - kPrefix.size()));
}

Result<std::vector<VcpuThread>> read_vcpus(const sysfs::Root& root, int pid) {
    const auto tasks = fmt::format("proc/{}/task", pid);
    const auto names = root.list(tasks);
    if (!names) {
        return fail(fmt::format("there is no process {}; give the id of a running QEMU", pid));
    }
    std::vector<VcpuThread> threads;
    for (const auto& name : *names) {
        const auto thread = parse_number<int>(name);
        const auto comm = root.read(fmt::format("{}/{}/comm", tasks, name));
        const auto vcpu = vcpu_of_thread(text::trim(comm.value_or("")));
        if (thread && vcpu) {
            threads.push_back({*vcpu, *thread});
        }
    }
    if (threads.empty()) {
        return fail(
            fmt::format("the process {} has no threads that are named as vCPUs; is it a "
                        "QEMU that was started with -name debug-threads=on?",
                        pid));
    }
    std::sort(threads.begin(), threads.end(),
              [](const VcpuThread& a, const VcpuThread& b) { return a.vcpu < b.vcpu; });
    return threads;
}

Result<std::vector<Pin>> plan_pins(const std::vector<VcpuThread>& threads, const CpuList& cpus) {
    std::vector<Pin> pins;
    for (const auto& thread : threads) {
        if (thread.vcpu >= cpus.size()) {
            return fail(
                fmt::format("the VM has a vCPU {}, and there {} only {} CPU{} for it ({}); "
                            "start it with fewer, or give --cpus",
                            thread.vcpu, cpus.size() == 1 ? "is" : "are", cpus.size(),
                            cpus.size() == 1 ? "" : "s", to_string(cpus)));
        }
        pins.push_back({thread.vcpu, thread.thread, cpus[thread.vcpu]});
    }
    return pins;
}

std::string render_pins(const std::vector<Pin>& pins) {
    std::string text;
    for (const auto& pin : pins) {
        text += fmt::format("taskset --pid --cpu-list {} {}  # vCPU {}\n", pin.cpu, pin.thread,
                            pin.vcpu);
    }
    return text;
}

Result<void> pin(const std::vector<Pin>& pins) {
    for (const auto& pin : pins) {
        const CpuMask wanted(pin.cpu);
        CpuMask given(pin.cpu);
        CPU_ZERO_S(given.size(), given.get());
        if (::sched_setaffinity(pin.thread, wanted.size(), wanted.get()) != 0 ||
            ::sched_getaffinity(pin.thread, given.size(), given.get()) != 0) {
            return fail(fmt::format("cannot pin vCPU {} (thread {}) to CPU {}: {}", pin.vcpu,
                                    pin.thread, pin.cpu, std::strerror(errno)));
        }
        if (!given.equals(wanted)) {
            return fail(
                fmt::format("vCPU {} (thread {}) did not stay on CPU {}: a cpuset of its "
                            "control group forbids it",
                            pin.vcpu, pin.thread, pin.cpu));
        }
    }
    return {};
}

}  // namespace early_bind
