// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::doctor {

/// The bytes of early-bind that are read, more than it ever has.
inline constexpr std::size_t kProgramLimit = std::size_t{64} * 1024 * 1024;

/// An archive inside of an initramfs image, which may have several, one behind the other.
struct ImagePart {
    std::size_t offset = 0;                 ///< where it begins, in bytes
    std::vector<std::string> decompressor;  ///< reads the rest of the image on its standard input

    bool operator==(const ImagePart&) const = default;
};

/// Where the archives of an image are that may hold something of ours. An image has uncompressed
/// archives (microcode first) as long as there are any, then at most one compressed one (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst); of the uncompressed ones those
/// without a file of ours are left out. Errors: no archive at all, or one that ends before its end.
[[nodiscard]] Result<std::vector<ImagePart>> find_parts(std::string_view image);

/// What an image holds of ours. The first archive that has a file counts.
struct ImageContents {
    std::optional<std::string> table;    ///< var/lib/early-bind/boot-table
    std::optional<std::string> program;  ///< usr/sbin/early-bind, or in usr/bin where they are one
    std::string order;                   ///< initramfs-tools: scripts/init-top/ORDER
    bool script = false;                 ///< initramfs-tools: scripts/init-top/00-early-bind
    bool hook = false;                   ///< dracut: our hook of its first stage, cmdline
    bool unit = false;  ///< systemd: early-bind-initrd.service, wanted at the start
    bool vfio = false;  ///< a vfio-pci module
};

/// Reads an image below the root with cpio and the decompressor, which must be on this system; our
/// few files go through a temporary directory, nothing else is written.
[[nodiscard]] Result<ImageContents> read_image(const sysfs::Root& root, const std::string& path);

}  // namespace early_bind::doctor
