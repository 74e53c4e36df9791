// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>

#include "core/result.hpp"
#include "early-bind/executor.hpp"

namespace early_bind {

/// Step results in memory that a child process shares with its parent.
class SharedResults {
  public:
    [[nodiscard]] static Result<SharedResults> make(std::size_t count);
    SharedResults(SharedResults&& other) noexcept;
    SharedResults(const SharedResults&) = delete;
    SharedResults& operator=(const SharedResults&) = delete;
    SharedResults& operator=(SharedResults&&) = delete;
    ~SharedResults();

    [[nodiscard]] std::span<StepResult> span() const { return {steps_, count_}; }

  private:
    SharedResults(StepResult* steps, std::size_t count) : steps_(steps), count_(count) {}
    StepResult* steps_;
    std::size_t count_;
};

enum class ChildEnd { finished, crashed, timed_out };

/// What becomes of a child that is not done in time. One that is stuck in the kernel (state D)
/// cannot be killed before the kernel lets go of it; nobody waits for it in either case.
enum class WhenLate {
    kill,   ///< it does nothing more
    leave,  ///< it goes on when the kernel lets it
};

/// Runs `work` in a child process and waits for it no longer than `limit`.
[[nodiscard]] Result<ChildEnd> run_with_deadline(const std::function<void()>& work,
                                                 std::chrono::milliseconds limit,
                                                 WhenLate when_late = WhenLate::kill);

}  // namespace early_bind
