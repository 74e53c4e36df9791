// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// A mounted file system, a line of /proc/self/mountinfo (proc(5)).
struct Mount {
    std::string number;  ///< "MAJOR:MINOR"; the major number is 0 when no one block device is below
    std::string point;   ///< absolute path
    std::string type;
    std::string
        source;  ///< what the file system calls its device: a path, a pool, a server, a word
};

/// Active swap space, a line of /proc/swaps.
struct Swap {
    std::string path;
    bool is_file = false;  ///< in a file system, not a block device
};

/// A line of /etc/fstab (fstab(5)).
struct FstabEntry {
    std::string source;  ///< "/dev/...", "UUID=..." and the like, or no device at all
    std::string point;   ///< absolute path, or a word for swap
    std::string type;
    bool required = false;  ///< the boot waits for it and fails without it: no noauto, no nofail
};

/// `\040` and the like (three octal digits) back to bytes, as the kernel and fstab write blanks.
[[nodiscard]] std::string unescape_octal(std::string_view text);

// The parsers leave out lines that they cannot read.
[[nodiscard]] std::vector<Mount> parse_mountinfo(std::string_view text);
[[nodiscard]] std::vector<Swap> parse_swaps(std::string_view text);
[[nodiscard]] std::vector<FstabEntry> parse_fstab(std::string_view text);

/// The mount that a file is in: the last one with the longest mount point above `path`; null when
/// there is none.
[[nodiscard]] const Mount* mount_of(std::string_view path, const std::vector<Mount>& mounts);

}  // namespace early_bind
