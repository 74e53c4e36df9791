// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "grub-gen/loader/systemd_boot.hpp"

namespace early_bind {

/// systemd-boot with entry files in `loader/entries` of the partition that is mounted as /boot,
/// /efi or /boot/efi.
class SystemdBootLoader : public SystemdBoot {
  public:
    explicit SystemdBootLoader(const sysfs::Root& root) : SystemdBoot(root) {}

    [[nodiscard]] Kind kind() const override { return Kind::systemd_boot; }
    [[nodiscard]] std::string menu_path() const override;
    [[nodiscard]] Result<void> update(Progress progress) const override;
    [[nodiscard]] Result<std::string> preview(const std::string& table) const override;
    [[nodiscard]] Result<CurrentMenu> read_menu() const override;
    [[nodiscard]] Result<std::string> find_entry(const std::string& profile) const override;

  private:
    [[nodiscard]] Result<std::string> lasting_name(const std::string& entry) const override;
};

/// Takes our entry files away but for those to keep, half-written ones included.
[[nodiscard]] Result<void> remove_layout_files(const sysfs::Root& root,
                                               const std::string& directory,
                                               const std::vector<std::string>& keep);

}  // namespace early_bind
