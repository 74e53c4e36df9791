// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/reason.hpp"
#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Something besides devices that a boot asked for, and what there is of it.
struct Resource {
    std::string name;   ///< "huge pages of 1 GiB"
    std::string asked;  ///< "16"
    std::string now;    ///< "12"
    Code code = Code::ok;
};

/// Holds the huge pages and isolated CPUs of the kernel's command line, and the zram that was asked
/// of the running system, against what the kernel has.
[[nodiscard]] std::vector<Resource> read_resources(const sysfs::Root& root,
                                                   std::string_view command_line);

/// Where the running system finds the zram to set up, relative to the root: "MEBIBYTES [ALGORITHM]"
/// for our own unit, and a drop-in for systemd-zram-generator (zram-generator.conf(5)), which wins
/// over others by its name.
inline constexpr const char* kZramPath = "run/early-bind/zram";
inline constexpr const char* kZramDropIn = "run/systemd/zram-generator.conf.d/zz-early-bind.conf";

/// Asks the running system for zram.
[[nodiscard]] Result<void> ask_for_zram(const sysfs::Root& root, const Zram& zram);

}  // namespace early_bind
