// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grub-gen/loader/bls_file.hpp"
#include "grub-gen/loader/entry_set.hpp"

namespace early_bind {

/// The names of our files begin with this. The letter before our name puts them behind entries that
/// have no sort-key, since those are shown by name, highest first, and a release before 250 boots
/// the highest one when no default is set.
inline constexpr const char* kEntryPrefix = "a-early-bind-";

/// Whether an entry file is one of ours.
[[nodiscard]] bool is_our_file(std::string_view name);

/// The name of a profile's entry for a kernel: "a-early-bind-PROFILE--KERNEL.conf". The two hyphens
/// tell the profile `keep` on a kernel 2.x from the profile `keep-2`. A plus sign in the kernel's
/// name becomes "_", since it would count boots.
[[nodiscard]] std::string entry_file_name(std::string_view profile, std::string_view kernel);

/// The profile in such a name; empty when it is none of ours.
[[nodiscard]] std::string_view profile_of_file(std::string_view name);

/// What names an entry of ours over kernel updates, for `bootctl set-default`: a pattern for all
/// versions where the kernel's name is a version, of which systemd-boot takes the newest, else the
/// entry's own name, since then the kernel behind it changes.
[[nodiscard]] std::string default_pattern(std::string_view name);

/// A kernel that an entry boots: its `version`, else what stands behind "vmlinuz-" in the name of a
/// file that is not called .efi, else the entry's id.
[[nodiscard]] std::string kernel_of(const BlsFile& file);

/// The stock entries that layouts can be made of.
struct StockFiles {
    std::vector<BlsFile> files;         ///< one for each kernel, the newest kernel first
    bool sorted = false;                ///< every entry in the menu has a sort-key
    std::vector<std::string> warnings;  ///< one sentence for each kernel that was left out
};

/// Picks them out of all files: ours, what boots no kernel, and other systems (another machine's,
/// live and rescue systems) are passed over without a word. Of a kernel's entries the one that
/// systemd-boot shows first counts: the others are its fallbacks. The newest is the first in
/// systemd-boot's order; among entries that name no version it is the one that `loader_default`,
/// the pattern in loader.conf, matches.
[[nodiscard]] StockFiles choose_stock(std::vector<BlsFile> files, std::string_view machine_id,
                                      std::string_view loader_default);

/// The files of the layouts, in the order of the menu, whose indices point into `stock`. All lines
/// of the stock entry stand in them but for title, sort-key and options. The options have our
/// arguments behind them, or before ` -- `, which ends the kernel's part. A sort-key keeps the
/// order behind the stock entries' keys; there is none where one of those has none, since then the
/// names decide. A layout with too long a command line is left out with a warning, and so is one
/// whose profile another one's name would stand for.
struct LayoutFiles {
    std::vector<BlsFile> files;
    std::vector<std::string> warnings;
};
[[nodiscard]] LayoutFiles make_layout_files(const StockFiles& stock,
                                            const std::vector<Layout>& layouts);

/// The text of one of our files: a line that says whose it is, and the entry.
[[nodiscard]] std::string layout_text(const BlsFile& file);

}  // namespace early_bind
