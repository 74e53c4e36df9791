// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/sysfs/root.hpp"
#include "grub-gen/grub_script.hpp"
#include "grub-gen/loader/bls_file.hpp"

namespace early_bind {

/// Where GRUB's blscfg command finds the entry files, relative to the root.
inline constexpr const char* kBlsDirectory = "boot/loader/entries";

/// GRUB's variable with the device that holds boot/loader. The part of the menu that reads our
/// include file sets it, as 10_linux sets `root` for blscfg.
inline constexpr const char* kBootVariable = "early_bind_boot";

/// GRUB's variable with the option of a menu entry that says who may boot it: `--users=...` by
/// `grub_users`, or `--unrestricted`. The include file sets it.
inline constexpr const char* kUsersVariable = "early_bind_users";

/// The variables of GRUB's environment block, as far as they decide what blscfg makes of a file.
using GrubVariables = std::map<std::string, std::string>;

/// The script of the menu entry that blscfg makes of a file (grub-core/commands/blscfg.c,
/// create_entry()): `options` as written, so that GRUB fills in `$kernelopts` and `$tuned_params`
/// when the entry is booted; `early_initrd` and `devicetree` of the environment before the file's
/// own initrds and where it has no device tree. `grub_users $grub_users` becomes kUsersVariable.
/// Left out are `grub_hotkey`, which stays with the stock entry, and `grub_arg`, whose words blscfg
/// hands to a script that does not use them. Empty without a `linux` key.
[[nodiscard]] std::string bls_menuentry(const BlsFile& file, const GrubVariables& variables);

/// The entries of files, in the order of blscfg: newest first. Rescue entries (`*-0-rescue*`) are
/// skipped. `arguments` are the words with variables filled in from `variables`. One sentence for
/// each file that was left out.
[[nodiscard]] ParsedMenu bls_entries(std::vector<BlsFile> files, const GrubVariables& variables);

/// Reads kBlsDirectory and GRUB's environment block below the root; a file that cannot be read is a
/// warning.
[[nodiscard]] ParsedMenu read_bls_entries(const sysfs::Root& root);

/// The variables that the bodies of entries use, in the order of their first use, without `root`
/// and our own. An entry in a sub-menu sees only those that are exported.
[[nodiscard]] std::vector<std::string> used_variables(const std::vector<MenuEntry>& entries);

}  // namespace early_bind
