// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

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

/// The real one, below a root directory.
class RootWriter final : public Writer {
  public:
    explicit RootWriter(const Root& root) : root_(root) {}

    [[nodiscard]] int write(const std::string& path, std::string_view text) override;
    [[nodiscard]] std::string read(const std::string& path) override;
    [[nodiscard]] std::string driver(const std::string& device_directory) override;
    [[nodiscard]] bool exists(const std::string& path) override;

  private:
    const Root& root_;
};

}  // namespace early_bind::sysfs
