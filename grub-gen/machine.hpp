// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/gpu.hpp"
#include "core/pci/inventory.hpp"
#include "core/profile/boot_table.hpp"
#include "core/profile/profile.hpp"
#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/hardware.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/resources.hpp"

namespace early_bind {

/// All that grub-gen knows about a machine: what is there, what the configuration says about it,
/// and the profiles that follow.
struct Machine {
    pci::Inventory inventory;
    std::vector<pci::Gpu> gpus;
    Config config;
    Choices choices;
    Hardware hardware;
    std::vector<Profile> profiles;  ///< in the order of the menu, those switched off left out
    std::map<std::string, Resources> resources;  ///< of the profiles that ask for some, by name
    std::map<pci::Address, std::string> roms;    ///< the configuration's files, by function
    std::vector<std::string> booted;    ///< profiles that came to the end of a boot as they are now
    std::vector<std::string> warnings;  ///< one sentence each
    std::unique_ptr<Names> names;

    [[nodiscard]] std::string gpu_name(const pci::Gpu& gpu) const;

    /// The profile's title in the menu.
    [[nodiscard]] std::string title(const Profile& profile) const;
};

/// Looks at the machine below a root. Errors name the file (and place in it) or the directory.
[[nodiscard]] Result<Machine> look_at(const sysfs::Root& root);

/// The same as if the configuration's file held `config_text`, so that a text can be tried before
/// it is written.
[[nodiscard]] Result<Machine> look_at(const sysfs::Root& root, std::string_view config_text);

/// Compiles what was seen into the table for the boot. Fails when the boot would refuse the table.
[[nodiscard]] Result<std::string> compile(const Machine& machine);

}  // namespace early_bind
