// SPDX-License-Identifier: MIT
#include "early-bind/deadline.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

namespace early_bind {

namespace {

/// A child that outlives us must not hold a pipe that somebody reads to its end.
void leave_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::close(stream);
    }
}

}  // namespace

Result<SharedResults> SharedResults::make(std::size_t count) {
    const std::size_t size = std::max<std::size_t>(count, 1) * sizeof(StepResult);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return fail(
            fmt::format("cannot get {} bytes of shared memory: {}", size, std::strerror(errno)));
    }
    auto* steps = static_cast<StepResult*>(memory);
    for (std::size_t i = 0; i < count; ++i) {
        new (steps + i) StepResult();
    }
    return SharedResults(steps, count);
}

SharedResults::SharedResults(SharedResults&& other) noexcept
    : steps_(std::exchange(other.steps_, nullptr)), count_(std::exchange(other.count_, 0)) {}

SharedResults::~SharedResults() {
    if (steps_ != nullptr) {
        ::munmap(steps_, std::max<std::size_t>(count_, 1) * sizeof(StepResult));
    }
}

LateChild::~LateChild() {
    if (pipe_ >= 0) {
        ::close(pipe_);
    }
}

void LateChild::wait_for_its_end() const {
    char none = 0;
    while (pipe_ >= 0 && ::read(pipe_, &none, 1) < 0 && errno == EINTR) {
    }
}

Result<ChildEnd> run_with_deadline(const std::function<void()>& work,
                                   std::chrono::milliseconds limit, WhenLate when_late,
                                   LateChild* late) {
    // The child holds the writing end; however it ends, the kernel closes it and poll() returns.
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    const pid_t child = ::fork();
    if (child < 0) {
        const int code = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        return fail(fmt::format("cannot fork: {}", std::strerror(code)));
    }
    if (child == 0) {
        ::close(ends[0]);
        leave_standard_streams();
        int status = 0;
        try {
            work();
        } catch (...) {
            status = 1;
        }
        ::_exit(status);
    }
    ::close(ends[1]);
    const auto end = std::chrono::steady_clock::now() + limit;
    pollfd ready{ends[0], POLLIN, 0};
    int polled = 0;
    do {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        polled = ::poll(&ready, 1, static_cast<int>(std::max<long long>(left.count(), 0)));
    } while (polled < 0 && errno == EINTR);
    if (polled <= 0 && late != nullptr) {
        late->pipe_ = ends[0];
    } else {
        ::close(ends[0]);
    }
    if (polled <= 0) {  // an error of poll(2) tells nothing either: never wait without a limit
        if (when_late == WhenLate::kill) {
            ::kill(child, SIGKILL);
        }
        return ChildEnd::timed_out;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ChildEnd::finished : ChildEnd::crashed;
}

}  // namespace early_bind
