// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "grub-gen/kernel_arguments.hpp"
#include "grub-gen/names.hpp"
#include "grub-gen/titles.hpp"

namespace early_bind {

/// The longest command line that the kernel takes: COMMAND_LINE_SIZE (2048 on x86 and arm64) less
/// the zero byte at its end.
inline constexpr std::size_t kCommandLineLimit = 2047;

/// An entry of the distribution, as far as it decides over layouts.
struct StockEntry {
    std::string kernel;                  ///< version: "6.1.0-9-amd64"
    std::vector<std::string> arguments;  ///< of its command line, without quotes
};

/// One entry to make: a profile on a kernel. Which words a loader needs around them is its
/// writer's.
struct Layout {
    std::size_t stock = 0;  ///< index of the entry whose kernel, initramfs and arguments it takes
    std::string kernel;     ///< of that entry
    std::string profile;
    std::string title;                   ///< names the kernel, but for the newest one
    std::vector<std::string> arguments;  ///< to append, none of which argument_mistake() refuses
};

struct EntrySet {
    std::vector<Layout> layouts;        ///< in the order of the menu: the newest kernel's first
    std::vector<std::string> warnings;  ///< one sentence each, none twice
};

/// The layouts of every profile that has an entry, on every stock entry; these are the newest
/// kernel first, one for each kernel. A profile with an argument that cannot stand in an entry is
/// left out.
[[nodiscard]] EntrySet make_entry_set(const BootTable& table, const std::vector<TitleGpu>& gpus,
                                      const MachineFacts& facts,
                                      const std::vector<StockEntry>& stock);

/// Whether make_entry_set() can have layouts for this table at all.
[[nodiscard]] bool has_layouts(const BootTable& table);

/// A layout's title on a kernel that is not the newest.
[[nodiscard]] std::string older_kernel_title(const std::string& kernel, const std::string& title);

/// The sentence for a layout that is left out because of kCommandLineLimit.
[[nodiscard]] std::string too_long(const Layout& layout, std::size_t length);

/// The GPUs of a boot table as titles speak of them: by the names that the PCI id database has now,
/// else by those of the table.
[[nodiscard]] std::vector<TitleGpu> title_gpus(const BootTable& table, const Names& names);

/// Appends a sentence that is neither empty nor there.
void append_once(std::vector<std::string>& sentences, const std::string& sentence);

}  // namespace early_bind
