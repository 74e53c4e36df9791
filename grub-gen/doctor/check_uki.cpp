// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_uki.hpp"

#include <fmt/core.h>

#include "grub-gen/loader/uki_build.hpp"
#include "grub-gen/loader/uki_loader.hpp"

namespace early_bind::doctor {

Findings check_uki(const Subject& subject) {
    if (subject.loader->kind() != Loader::Kind::uki) {
        return {};
    }
    if (auto obstacle = find_uki_obstacle(subject.root); !obstacle.empty()) {
        return {{Code::uki_no_layouts, std::move(obstacle)}};
    }
    Findings findings;
    const auto installed = find_installed_ukis(subject.root);
    for (const auto& warning : installed.warnings) {
        findings.push_back({Code::uki_unreadable, warning});
    }
    for (const auto& uki : installed.images) {
        if (subject.table && !has_current_initrd(subject.root, uki)) {
            findings.push_back(
                {Code::uki_stale, fmt::format("{} has another initramfs than /boot for Linux {}",
                                              subject.root.outside_path(uki.path), uki.kernel)});
        }
    }
    if (findings.empty()) {
        findings.push_back(
            {Code::uki_ok,
             fmt::format("unified kernel images can have GPU layouts; {} has {} of "
                         "this system",
                         subject.root.outside_path(subject.menu_path), installed.images.size())});
    }
    return findings;
}

}  // namespace early_bind::doctor
