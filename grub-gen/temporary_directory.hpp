// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"

namespace early_bind {

/// A directory of our own in $TMPDIR or /tmp, which goes with this object and all that is in it.
class TemporaryDirectory {
  public:
    /// Errors name the directory above.
    [[nodiscard]] static Result<TemporaryDirectory> make();

    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace early_bind
