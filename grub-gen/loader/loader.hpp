// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/grub_script.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {

/// The id of a profile's entry for a kernel, with every loader: "early-bind-PROFILE-KERNEL".
[[nodiscard]] std::string entry_id(std::string_view profile, std::string_view kernel);

/// Whether an id is of that form: the entry is ours.
[[nodiscard]] bool is_layout_id(std::string_view id);

/// How long a menu is shown.
struct MenuTimeout {
    std::string style;    ///< "menu", "countdown" or "hidden"; empty when none is set
    std::string seconds;  ///< as written; empty when none is set
    bool operator==(const MenuTimeout&) const = default;
};

/// A menu that is there.
struct CurrentMenu {
    ParsedMenu entries;  ///< ours and the stock ones, each with title, id, kernel and arguments
    MenuTimeout timeout;
};

/// What shows a boot menu and boots the kernels of a root. It keeps the entries of our layouts in
/// step with the boot table and the kernels that are installed, and it keeps the choices of what
/// boots. The policy (which layouts there are, entry_set.hpp) knows none of the kinds.
class Loader {
  public:
    enum class Kind { grub, grub_bls, systemd_boot, uki };

    Loader() = default;
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;
    virtual ~Loader() = default;

    [[nodiscard]] virtual Kind kind() const = 0;

    /// Where the menu that the machine shows is, relative to the root: a file, or a directory of
    /// entries. For sentences.
    [[nodiscard]] virtual std::string menu_path() const = 0;

    /// Brings our entries in step with the boot table and the kernels that the root has now; takes
    /// them away when it has no table. Builds no initramfs. Errors name the command or the file.
    [[nodiscard]] virtual Result<void> update(Progress progress) const = 0;

    /// What update() would change if the boot table's text were `table`, as unified diffs; changes
    /// nothing. Empty when nothing would change, or when it can be told in the running system only.
    [[nodiscard]] virtual Result<std::string> preview(const std::string& table) const = 0;

    /// The menu as it is now. Errors name the file.
    [[nodiscard]] virtual Result<CurrentMenu> read_menu() const = 0;

    /// The name under which set_once() takes the profile's entry for the newest kernel; empty when
    /// the menu has none. Errors name the file.
    [[nodiscard]] virtual Result<std::string> find_entry(const std::string& profile) const = 0;

    /// Why the loader cannot keep a choice or take it back, as a clause ("GRUB cannot write ...: it
    /// would ..."); empty when it can. Can be told on the running system only. Errors say why it
    /// cannot be told.
    [[nodiscard]] virtual Result<std::string> find_obstacle() const = 0;

    /// Makes an entry of find_entry() what boots the next time, and then no more.
    [[nodiscard]] virtual Result<void> set_once(const std::string& entry) const = 0;

    /// Makes a profile, with the newest kernel, what boots when nobody chooses; with an empty name
    /// what would boot without us.
    [[nodiscard]] virtual Result<void> set_default(const std::string& profile) const = 0;

    /// The profile that set_default() made the default; empty for none.
    [[nodiscard]] virtual Result<std::string> current_default() const = 0;

    /// Takes back what set_once() and set_default() left behind; the choices of others stay.
    [[nodiscard]] virtual Result<void> forget_choices() const = 0;
};

/// Whether the menu is GRUB's.
[[nodiscard]] bool is_grub(Loader::Kind kind);

/// The loader of the root's menu. Never null: a root that has none is taken for one with GRUB,
/// which says what is missing when it is asked to do something. The root must outlive the loader.
[[nodiscard]] std::unique_ptr<Loader> find_loader(const sysfs::Root& root);

}  // namespace early_bind
