// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// What `grub-gen entries` prints.
struct Entries {
    std::string out;                    ///< GRUB script that grub-script-check has passed, or empty
    std::vector<std::string> warnings;  ///< sentences for the standard error
};

/// Makes the menu of all profiles that have an entry, for every kernel of the distribution's own
/// menu; where that comes from BLS files, the include file of them (loader/bls_include.hpp), and
/// the lines that source it. Reads the boot table below the root, or the file that the environment
/// variable EARLY_BIND_TABLE names. Must run inside grub-mkconfig, whose environment it needs.
///
/// Never fails, since update-grub would fail with it: whatever goes wrong is a warning, and the
/// menu lacks what is concerned. Without a boot table there is neither output nor a warning.
[[nodiscard]] Entries make_entries(const sysfs::Root& root);

}  // namespace early_bind
