// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/reason.hpp"
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

}  // namespace early_bind
