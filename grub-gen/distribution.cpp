// SPDX-License-Identifier: MIT
#include "grub-gen/distribution.hpp"

#include "grub-gen/loader/uki_build.hpp"
#include "grub-gen/loader/uki_loader.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {
namespace {

/// ostree's mark of a system that runs from an image (ostree-prepare-root(1)).
constexpr const char* kOstreeBooted = "run/ostree-booted";

}  // namespace

Distribution find_distribution(const sysfs::Root& root) {
    Distribution distribution;
    const auto kernel_install = find_program(root, "kernel-install");
    if (root.exists(kOstreeBooted)) {
        // The images come with the system; what could make one here would not be used.
    } else if (const auto tools = find_program(root, "update-initramfs"); !tools.empty()) {
        distribution.rebuild_initramfs = {tools, "-u", "-k", "all"};
    } else if (!kernel_install.empty() && uses_ukis(root) && find_uki_obstacle(root).empty()) {
        // The image that the tools below make by themselves would not be the one that boots.
        distribution.rebuild_initramfs = {kernel_install, "add-all"};
    } else if (const auto mkinitcpio = find_program(root, "mkinitcpio"); !mkinitcpio.empty()) {
        distribution.rebuild_initramfs = {mkinitcpio, "-P"};
    } else if (const auto dracut = find_program(root, "dracut"); !dracut.empty()) {
        distribution.rebuild_initramfs = {dracut, "--regenerate-all", "--force", "--quiet"};
    }
    return distribution;
}

}  // namespace early_bind
