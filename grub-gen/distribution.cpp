// SPDX-License-Identifier: MIT
#include "grub-gen/distribution.hpp"

#include "grub-gen/root_command.hpp"

namespace early_bind {

Distribution find_distribution(const sysfs::Root& root) {
    Distribution distribution;
    if (const auto program = find_program(root, "update-initramfs"); !program.empty()) {
        distribution.rebuild_initramfs = {program, "-u", "-k", "all"};
    }
    return distribution;
}

}  // namespace early_bind
