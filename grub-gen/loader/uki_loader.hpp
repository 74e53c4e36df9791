// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "grub-gen/loader/systemd_boot.hpp"
#include "grub-gen/loader/uki.hpp"

namespace early_bind {

/// Whether systemd-boot shows unified kernel images that kernel-install makes: it is told to
/// (layout=uki), and there are some, or no entry files either.
[[nodiscard]] bool uses_ukis(const sysfs::Root& root);

/// The images that kernel-install made for the kernels of the root, the newest first, and what
/// could not be read, a sentence each.
struct InstalledUkis {
    std::vector<Uki> images;
    std::vector<std::string> warnings;
};
[[nodiscard]] InstalledUkis find_installed_ukis(const sysfs::Root& root);

/// Whether the image holds the initramfs in /boot that kernel-install is given. True where there is
/// none in /boot, since then it is made with the image.
[[nodiscard]] bool has_current_initrd(const sysfs::Root& root, const Uki& uki);

/// systemd-boot with unified kernel images: the layouts are profiles in them. The images are
/// kernel-install's, so they are made anew by it, with our plug-in adding the profiles
/// (uki_build.hpp).
class UkiLoader : public SystemdBoot {
  public:
    explicit UkiLoader(const sysfs::Root& root) : SystemdBoot(root) {}

    [[nodiscard]] Kind kind() const override { return Kind::uki; }
    [[nodiscard]] std::string menu_path() const override;
    [[nodiscard]] Result<void> update(Progress progress) const override;
    [[nodiscard]] Result<std::string> preview(const std::string& table) const override;
    [[nodiscard]] Result<CurrentMenu> read_menu() const override;
    [[nodiscard]] Result<std::string> find_entry(const std::string& profile) const override;

  private:
    [[nodiscard]] Result<std::string> lasting_name(const std::string& entry) const override;
};

}  // namespace early_bind
