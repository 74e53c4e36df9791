// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "grub-gen/loader/grub_place.hpp"
#include "grub-gen/loader/loader.hpp"

namespace early_bind {

/// GRUB whose menu is made by grub-mkconfig, of which /etc/grub.d/42_early-bind is a part. Choices
/// are kept in GRUB's environment block.
class GrubLoader : public Loader {
  public:
    explicit GrubLoader(const sysfs::Root& root) : root_(root), place_(find_grub(root)) {}

    [[nodiscard]] Kind kind() const override { return Kind::grub; }
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

  protected:
    static constexpr std::size_t kLargestMenu = std::size_t{16} * 1024 * 1024;

    [[nodiscard]] const sysfs::Root& root() const { return root_; }
    [[nodiscard]] const GrubPlace& place() const { return place_; }

  private:
    const sysfs::Root& root_;
    GrubPlace place_;
};

/// The path of a profile's entry for the newest kernel in GRUB's menu, as grub-reboot(8) wants it:
/// "early-bind>early-bind-PROFILE-KERNEL". Empty when there is none.
[[nodiscard]] std::string entry_path(const ParsedMenu& menu, std::string_view profile);

/// The last style that the script sets, and the first time limit behind it, or the last one when
/// no style is set: what etc/grub.d/00_header and 30_os-prober make of GRUB_TIMEOUT and
/// GRUB_TIMEOUT_STYLE.
[[nodiscard]] MenuTimeout find_timeout(std::string_view script);

}  // namespace early_bind
