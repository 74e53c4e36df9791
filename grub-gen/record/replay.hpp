// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/record/recording.hpp"
#include "grub-gen/temporary_directory.hpp"

namespace early_bind {

/// Lays a recording out below a root as the kernel would: sysfs and procfs, as far as anything here
/// reads them. The same layout as that of tests/machines/mksysfs. The root must be empty.
[[nodiscard]] Result<void> lay_out(const sysfs::Root& root, const Recording& recording);

/// A recording that is open as a root. Its directory is a temporary one, which goes with this
/// object; messages name the file.
class Replay {
  public:
    /// Reads the file and lays it out. Errors name the file and what is wrong with it.
    [[nodiscard]] static Result<Replay> open(const std::string& file);

    /// Whether --sysroot PATH means a recording and not a directory.
    [[nodiscard]] static bool is_file(const std::string& path);

    [[nodiscard]] const sysfs::Root& root() const { return root_; }

  private:
    Replay(TemporaryDirectory directory, sysfs::Root root)
        : directory_(std::move(directory)), root_(std::move(root)) {}

    TemporaryDirectory directory_;
    sysfs::Root root_;
};

}  // namespace early_bind
