// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "grub-gen/loader/bls_file.hpp"
#include "grub-gen/loader/loader.hpp"

namespace early_bind {

/// Whether systemd-boot shows the root's menu: it says so in the variable LoaderInfo; where no
/// loader says anything, it is installed and GRUB has no menu.
[[nodiscard]] bool uses_systemd_boot(const sysfs::Root& root);

/// systemd-boot with entry files in `loader/entries` of the partition that is mounted as /boot,
/// /efi or /boot/efi. Choices are variables of the firmware, which `bootctl` sets.
class SystemdBootLoader : public Loader {
  public:
    explicit SystemdBootLoader(const sysfs::Root& root) : root_(root) {}

    [[nodiscard]] Kind kind() const override { return Kind::systemd_boot; }
    [[nodiscard]] std::string menu_path() const override;
    [[nodiscard]] Result<void> update(Progress progress) const override;
    [[nodiscard]] Result<std::string> preview(const std::string& table) const override;
    [[nodiscard]] Result<CurrentMenu> read_menu() const override;
    [[nodiscard]] Result<std::string> find_entry(const std::string& profile) const override;
    [[nodiscard]] Result<std::string> find_obstacle() const override;
    [[nodiscard]] Result<void> set_once(const std::string& entry) const override;
    [[nodiscard]] Result<void> set_default(const std::string& profile) const override;
    [[nodiscard]] Result<std::string> current_default() const override;
    [[nodiscard]] Result<void> forget_choices() const override;

  private:
    const sysfs::Root& root_;
};

/// Where the default that was set before ours is kept, relative to the root: one line.
inline constexpr const char* kFormerDefaultPath = "var/lib/early-bind/systemd-boot-default";

/// How the menu comes up by the variable LoaderConfigTimeout, else by loader.conf's `timeout`:
/// without either it is hidden.
[[nodiscard]] MenuTimeout systemd_boot_timeout(const std::string& variable,
                                               const std::string& configured);

}  // namespace early_bind
