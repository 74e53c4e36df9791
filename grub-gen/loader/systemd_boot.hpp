// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "grub-gen/loader/bls_file.hpp"
#include "grub-gen/loader/loader.hpp"

namespace early_bind {

/// Whether systemd-boot shows the root's menu: it says so in the variable LoaderInfo; where no
/// loader says anything, it is installed and GRUB has no menu.
[[nodiscard]] bool uses_systemd_boot(const sysfs::Root& root);

/// Where its partition can be mounted, relative to the root, in the order of bootctl(1),
/// --print-boot-path: /boot is the extended boot loader partition, or the EFI system partition,
/// which can be at all three places.
inline constexpr std::array kBootDirectories = {"boot", "efi", "boot/efi"};

/// The directory of entry files in it.
inline constexpr const char* kEntryDirectory = "loader/entries";

/// That of unified kernel images.
inline constexpr const char* kUkiDirectory = "EFI/Linux";

/// Whether a directory has one of those.
[[nodiscard]] bool has_uki(const sysfs::Root& root, const std::string& directory);

/// The first of them whose entry directory has files, else the first one with such a directory;
/// empty when none has it.
[[nodiscard]] std::string find_boot_directory(const sysfs::Root& root);

/// Why there is none, as a sentence.
[[nodiscard]] std::string no_boot_directory(const sysfs::Root& root);

/// loader.conf, which has the same syntax as an entry.
[[nodiscard]] BlsFile read_loader_configuration(const sysfs::Root& root, const std::string& boot);

/// How the menu comes up by the variable LoaderConfigTimeout, else by loader.conf's `timeout`:
/// without either it is hidden.
[[nodiscard]] MenuTimeout systemd_boot_timeout(const std::string& variable,
                                               const std::string& configured);
[[nodiscard]] MenuTimeout current_timeout(const sysfs::Root& root, const std::string& boot);

/// Where the default that was set before ours is kept, relative to the root: one line.
inline constexpr const char* kFormerDefaultPath = "var/lib/early-bind/systemd-boot-default";

/// systemd-boot, whatever its entries are made of. Choices are variables of the firmware, which
/// `bootctl` sets.
class SystemdBoot : public Loader {
  public:
    [[nodiscard]] Result<std::string> find_obstacle() const override;
    [[nodiscard]] Result<void> set_once(const std::string& entry) const override;
    [[nodiscard]] Result<void> set_default(const std::string& profile) const override;
    [[nodiscard]] Result<std::string> current_default() const override;
    [[nodiscard]] Result<void> forget_choices() const override;

  protected:
    explicit SystemdBoot(const sysfs::Root& root) : root_(root) {}

    /// What names an entry of find_entry() over kernel updates.
    [[nodiscard]] virtual Result<std::string> lasting_name(const std::string& entry) const = 0;

    const sysfs::Root& root_;
};

}  // namespace early_bind
