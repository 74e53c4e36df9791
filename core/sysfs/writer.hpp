// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/sysfs/root.hpp"

namespace early_bind::sysfs {

/// What acting on the kernel needs: writes to sysfs attributes, what was there before, and the
/// read-back that tells what a write did (the kernel reports success for a probe that bound
/// nothing). An interface, so that tests can put a recorder with the kernel's rules in its place.
class Writer {
  public:
    virtual ~Writer() = default;

    /// Writes `text` to an existing file in one write(2). Returns 0 or the errno; never creates.
    [[nodiscard]] virtual int write(const std::string& path, std::string_view text) = 0;

    /// What an attribute says, without the newline; empty when it cannot be read.
    [[nodiscard]] virtual std::string read(const std::string& path) = 0;

    /// The name of the driver that holds a device directory, empty when none does.
    [[nodiscard]] virtual std::string driver(const std::string& device_directory) = 0;

    /// Whether a file or directory exists.
    [[nodiscard]] virtual bool exists(const std::string& path) = 0;
};

/// The real one, below a root directory. In the running system it holds on to /sys itself: the
/// initramfs moves that mount to the real root, maybe while a write of ours is stuck in the kernel.
class RootWriter final : public Writer {
  public:
    explicit RootWriter(const Root& root);

    [[nodiscard]] int write(const std::string& path, std::string_view text) override;
    [[nodiscard]] std::string read(const std::string& path) override;
    [[nodiscard]] std::string driver(const std::string& device_directory) override;
    [[nodiscard]] bool exists(const std::string& path) override;

  private:
    /// Where a path is to be looked up, and under which name there.
    [[nodiscard]] std::pair<const Root*, std::string> at(const std::string& path) const;

    const Root& root_;
    std::optional<Root> sys_;
};

}  // namespace early_bind::sysfs
