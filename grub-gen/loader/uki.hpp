// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/boot_table.hpp"
#include "core/sysfs/root.hpp"
#include "grub-gen/loader/entry_set.hpp"
#include "grub-gen/loader/pe_file.hpp"

namespace early_bind {

/// A profile of a unified kernel image: systemd-boot shows each as an entry of its own.
struct UkiProfile {
    std::string id;       ///< ID= of its section .profile
    std::string title;    ///< TITLE= of it, which systemd-boot puts in brackets behind the system's
    std::string cmdline;  ///< its own kernel command line, else the image's

    [[nodiscard]] bool operator==(const UkiProfile&) const = default;
};

/// A unified kernel image (UAPI, "Unified Kernel Image"): a PE file with kernel, initramfs and
/// command line as sections. What stands before the first section .profile is shared; each
/// .profile, with the sections up to the next one, changes some of it.
struct Uki {
    std::string path;  ///< relative to the root
    PeFile file;
    std::string title;                 ///< of the system: PRETTY_NAME of the section .osrel
    std::string kernel;                ///< the section .uname: "6.12.9-amd64"
    std::string cmdline;               ///< of the stock entry, which is the first profile
    std::vector<UkiProfile> profiles;  ///< those behind the first, in their order

    [[nodiscard]] std::string_view name() const { return sysfs::base_name(path); }

    /// The first section of this name before any .profile; null when there is none.
    [[nodiscard]] const PeSection* section(std::string_view name) const;
};

/// Reads an image's small sections. Errors name the file.
[[nodiscard]] Result<Uki> read_uki(const sysfs::Root& root, const std::string& path);

/// The size of a file; none when it cannot be read.
[[nodiscard]] std::optional<std::uint64_t> file_size(const sysfs::Root& root,
                                                     const std::string& path);

/// Whether `size` bytes of two files are the same, each from its offset on. False when one of them
/// cannot be read or ends before.
[[nodiscard]] bool same_bytes(const sysfs::Root& root, const std::string& path,
                              std::uint64_t offset, const std::string& other_path,
                              std::uint64_t other_offset, std::uint64_t size);

/// The bytes of a section, at most 16 MiB. Errors name the file.
[[nodiscard]] Result<std::string> read_section(const sysfs::Root& root, const std::string& path,
                                               const PeSection& section);

/// The text of a section .profile.
[[nodiscard]] std::string profile_text(const UkiProfile& profile);

/// The id of a profile of ours, and the profile in such an id; empty when it is none of ours.
[[nodiscard]] std::string uki_profile_id(std::string_view profile);
[[nodiscard]] std::string_view profile_of_uki_id(std::string_view id);

/// systemd-boot's name of an entry: "debian-6.12.9-amd64.efi@early-bind-pass-all".
[[nodiscard]] std::string uki_entry_name(std::string_view file, std::string_view profile);

/// The profile in such a name; empty when it is none of ours.
[[nodiscard]] std::string_view profile_of_uki_entry(std::string_view name);

/// What names an entry of ours over kernel updates: a pattern for all versions of the file that the
/// kernel is in, of which systemd-boot takes the newest.
[[nodiscard]] std::string uki_default_pattern(std::string_view name, std::string_view kernel);

/// Whether an image is one that kernel-install made for a kernel: TOKEN-KERNEL.efi, or with a
/// count of boots TOKEN-KERNEL+LEFT-DONE.efi, with one of the tokens.
[[nodiscard]] bool is_installed_uki(std::string_view name, std::string_view kernel,
                                    const std::vector<std::string>& tokens);

/// The profiles to add to an image. Their titles name no kernel: systemd-boot tells equal titles
/// apart by the file's name.
struct UkiLayouts {
    std::vector<UkiProfile> profiles;
    std::vector<std::string> warnings;
};
[[nodiscard]] UkiLayouts make_uki_layouts(const std::vector<Layout>& layouts,
                                          std::string_view cmdline);

/// The same for the root's boot table, kernel and machine.
[[nodiscard]] UkiLayouts wanted_uki_layouts(const sysfs::Root& root, const BootTable& table,
                                            const Uki& uki);

}  // namespace early_bind
