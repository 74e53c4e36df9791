// SPDX-License-Identifier: MIT
#pragma once

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Keeps a second grub-gen or early-bind from changing the same system at the same time, until it
/// goes away: an advisory lock (flock(2)) on the directory that holds our state, so that no file is
/// left behind. Programs that we start do not inherit it.
class Lock {
  public:
    /// Fails at once when another one has it.
    [[nodiscard]] static Result<Lock> take(const sysfs::Root& root);

    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&&) = delete;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();

  private:
    explicit Lock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace early_bind
