// SPDX-License-Identifier: MIT
#include "early-bind/zram.hpp"

#include <fmt/core.h>

#include "core/sysfs/files.hpp"

namespace early_bind {

Result<void> ask_for_zram(const sysfs::Root& root, const Zram& zram) {
    const auto algorithm = zram.algorithm.empty()
                               ? std::string()
                               : fmt::format("compression-algorithm = {}\n", zram.algorithm);
    auto done = sysfs::replace_file(
        root, kZramPath,
        fmt::format("{}{}{}\n", zram.mebibytes, zram.algorithm.empty() ? "" : " ", zram.algorithm));
    return done ? sysfs::replace_file(root, kZramDropIn,
                                      fmt::format("# Written by early-bind for the profile of this "
                                                  "boot.\n[zram0]\nzram-size = {}\n{}",
                                                  zram.mebibytes, algorithm))
                : done;
}

}  // namespace early_bind
