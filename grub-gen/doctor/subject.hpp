// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/kernel_arguments.hpp"
#include "grub-gen/loader/loader.hpp"
#include "grub-gen/machine.hpp"

namespace early_bind::doctor {

/// What several checks look at, gathered once.
struct Subject {
    const sysfs::Root& root;
    Result<Machine> machine;
    MachineFacts facts;
    std::vector<std::string> kernels;  ///< versions: the names boot/vmlinuz-VERSION

    std::string table_text;          ///< of the boot table, empty when there is none
    std::string table_mistake;       ///< why a table that is there cannot be used, else empty
    std::optional<BootTable> table;  ///< when it can be used

    std::unique_ptr<Loader> loader;      ///< never null
    std::string menu_path;               ///< the loader's, relative to the root
    std::optional<MenuTimeout> timeout;  ///< when there is a menu and it can be read
    std::string menu_mistake;            ///< why it cannot be read
    ParsedMenu menu;
};

[[nodiscard]] Subject gather(const sysfs::Root& root);

/// The kernel's initramfs, relative to the root: the first that is there of the names that 10_linux
/// looks for (GRUB, util/grub.d/10_linux.in), and "boot/initrd.img-VERSION" when none is.
[[nodiscard]] std::string image_path(const sysfs::Root& root, const std::string& kernel);

}  // namespace early_bind::doctor
