// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/doctor.hpp"

#include <array>

#include "grub-gen/doctor/check_boot.hpp"
#include "grub-gen/doctor/check_display.hpp"
#include "grub-gen/doctor/check_grub_environment.hpp"
#include "grub-gen/doctor/check_images.hpp"
#include "grub-gen/doctor/check_kernels.hpp"
#include "grub-gen/doctor/check_legacy.hpp"
#include "grub-gen/doctor/check_machine.hpp"
#include "grub-gen/doctor/check_menu.hpp"
#include "grub-gen/doctor/check_table.hpp"
#include "grub-gen/doctor/check_uki.hpp"
#include "grub-gen/doctor/check_zram.hpp"

namespace early_bind::doctor {

Findings examine(const sysfs::Root& root) {
    using Check = Findings (*)(const Subject&);
    constexpr std::array<Check, 11> kChecks = {
        check_table,   check_machine, check_kernels,          check_images,
        check_menu,    check_uki,     check_grub_environment, check_boot,
        check_display, check_zram,    check_legacy,
    };
    const auto subject = gather(root);
    Findings findings;
    for (const auto& check : kChecks) {
        append(findings, check(subject));
    }
    return findings;
}

}  // namespace early_bind::doctor
