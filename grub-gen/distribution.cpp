// SPDX-License-Identifier: MIT
#include "grub-gen/distribution.hpp"

#include <array>

namespace early_bind {
namespace {

/// Where a program of the system is; nothing when the root has none of this name.
std::optional<std::string> find_program(const sysfs::Root& root, const std::string& name) {
    constexpr std::array kDirectories = {"usr/sbin", "usr/bin", "sbin", "bin"};
    for (const char* directory : kDirectories) {
        const auto path = std::string(directory) + "/" + name;
        if (root.exists(path)) {
            return "/" + path;
        }
    }
    return std::nullopt;
}

}  // namespace

Distribution find_distribution(const sysfs::Root& root) {
    Distribution distribution;
    if (const auto program = find_program(root, "update-initramfs")) {
        distribution.rebuild_initramfs = {*program, "-u", "-k", "all"};
    } else if (const auto dracut = find_program(root, "dracut")) {
        distribution.rebuild_initramfs = {*dracut, "--regenerate-all", "--force", "--quiet"};
    }
    distribution.menu_path = "boot/grub/grub.cfg";
    const auto mkconfig = find_program(root, "grub-mkconfig");
    if (const auto program = find_program(root, "update-grub")) {
        distribution.update_menu = {*program};
    } else if (mkconfig && root.exists(distribution.menu_path)) {
        distribution.update_menu = {*mkconfig, "-o", "/" + distribution.menu_path};
    }
    if (mkconfig) {
        distribution.print_menu = {*mkconfig};
    }
    return distribution;
}

}  // namespace early_bind
