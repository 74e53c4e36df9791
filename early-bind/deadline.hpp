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

/// Tells when a child that was given up is gone at last. Can be handed on to another child.
class LateChild {
  public:
    LateChild() = default;
    LateChild(const LateChild&) = delete;
    LateChild& operator=(const LateChild&) = delete;
    ~LateChild();

    /// Waits until the kernel has let go of the child and it has ended, however long that takes.
    /// Returns at once when there is no such child.
    void wait_for_its_end() const;

  private:
    friend Result<ChildEnd> run_with_deadline(const std::function<void()>&,
                                              std::chrono::milliseconds, WhenLate, LateChild*);
    int pipe_ = -1;  ///< the child holds its writing end
};

/// Runs `work` in a child process and waits for it no longer than `limit`. `late` learns of a child
/// that was not done in time.
[[nodiscard]] Result<ChildEnd> run_with_deadline(const std::function<void()>& work,
                                                 std::chrono::milliseconds limit,
                                                 WhenLate when_late = WhenLate::kill,
                                                 LateChild* late = nullptr);

}  // namespace early_bind
