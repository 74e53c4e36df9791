// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/address.hpp"
#include "core/pci/identity.hpp"
#include "core/profile/profile.hpp"
#include "core/result.hpp"

namespace early_bind {

/// A function as the table knows it: what makes it the same one in the next boot, and the address
/// it had when the table was written (for reports; addresses move).
struct TableFunction {
    pci::Identity identity;
    pci::Address address;
};

/// A GPU the configuration has seen.
struct TableGpu {
    std::string name;                      ///< for people, e.g. "NVIDIA GeForce RTX 4090"
    std::vector<TableFunction> functions;  ///< the first is the display function that names it
};

/// Compressed swap in memory, to be set up in the running system.
struct Zram {
    std::uint64_t mebibytes = 0;  ///< of the disk, before compression
    std::string algorithm;        ///< as the kernel names it, empty for the kernel's own choice
};

/// A profile, its GPUs given as indices into BootTable::gpus, its devices into BootTable::devices.
struct TableProfile {
    std::string name;
    Status status = Status::ok;  ///< as `grub-gen apply` saw it; the boot judges anew
    std::vector<std::size_t> keep;
    std::vector<std::size_t> pass;
    std::vector<std::string> arguments;  ///< more kernel arguments for the profile's menu entries
    bool keep_framebuffer = false;       ///< leave the firmware's framebuffer of a passed GPU alone
    std::optional<bool> d3cold_allowed{};  ///< to be written to each passed function, if set
    std::vector<std::size_t> devices{};    ///< go to vfio-pci with this profile, besides the GPUs
    std::string title{};                   ///< of the menu entries, empty for the one made of names
    bool hidden = false;                   ///< no menu entry
    std::optional<Zram> zram{};
};

/// Seconds that `early-bind boot` may take in all, and what a configuration may ask for.
inline constexpr unsigned kDefaultDeadline = 10;
inline constexpr unsigned kLongestDeadline = 600;

/// The compiled form of configuration and inventory: what `grub-gen apply` writes and the initramfs
/// carries. A text file of one record per line:
///
///     early-bind-table 1
///     gpu NAME
///     function LOCATION VENDOR:DEVICE SUBVENDOR:SUBDEVICE CLASS ADDRESS   (of the gpu above)
///     static LOCATION ... ADDRESS
///     device LOCATION ... ADDRESS
///     guarded LOCATION ... ADDRESS
///     profile NAME STATUS
///     keep NUMBER                                                         (of the profile above)
///     pass NUMBER
///     also NUMBER                                                         (of a device)
///     title TEXT
///     hidden
///     argument TEXT
///     framebuffer keep
///     d3cold_allowed 0                                                    (or 1)
///     zram MEBIBYTES [ALGORITHM]
///     deadline SECONDS
///     revision XXXXXXXX
///
/// The last line is the CRC-32 of all lines before it: checksum and content revision in one.
struct BootTable {
    std::vector<TableGpu> gpus;
    std::vector<TableFunction> statics;  ///< go to vfio-pci in every boot
    std::vector<TableFunction> devices;  ///< go to vfio-pci with the profiles that name them
    std::vector<TableFunction> guarded;  ///< carry a file system of the host: never bound
    std::vector<TableProfile> profiles;
    unsigned deadline = kDefaultDeadline;  ///< seconds for the whole boot command
    std::string revision;                  ///< eight hexadecimal digits, set by render and parse

    [[nodiscard]] const TableProfile* find(std::string_view profile) const;
};

/// Whether text can be the name of a compression algorithm: `[a-z0-9_-]{1,32}`.
[[nodiscard]] bool is_zram_algorithm(std::string_view text);

/// Where the table lies, relative to the root, in the running system and in the initramfs alike.
inline constexpr const char* kBootTablePath = "var/lib/early-bind/boot-table";

/// No table is larger; a larger file is refused before it is read.
inline constexpr std::size_t kBootTableLimit = std::size_t{256} * 1024;

/// Writes the table and sets its revision.
[[nodiscard]] std::string render_boot_table(BootTable& table);

/// Reads a table. Errors are "line N: ..." and name what was expected; a table with any error is
/// refused as a whole.
[[nodiscard]] Result<BootTable> parse_boot_table(std::string_view text);

}  // namespace early_bind
