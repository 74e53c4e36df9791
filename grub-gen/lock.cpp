// SPDX-License-Identifier: MIT
#include "grub-gen/lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace early_bind {

Result<Lock> Lock::take(const sysfs::Root& root) {
    constexpr const char* kDirectory = "var/lib";
    const int fd = root.open_at(kDirectory, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && errno == ENOENT) {
        return Lock(-1);  // no state yet, and nobody else's either
    }
    if (fd < 0) {
        return fail(
            fmt::format("cannot open {}: {}", root.outside_path(kDirectory), std::strerror(errno)));
    }
    Lock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return fail(
            errno == EWOULDBLOCK
                ? fmt::format(
                      "another grub-gen or early-bind is changing {}; wait for its end and run "
                      "this again",
                      root.outside_path(""))
                : fmt::format("cannot lock {}: {}", root.outside_path(kDirectory),
                              std::strerror(errno)));
    }
    return lock;
}

Lock::Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Lock::~Lock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

}  // namespace early_bind
