// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind::sysfs {

/// Plain files of our own below a root: the boot table, the report. Paths are relative to the root;
/// errors name the path.

/// Makes a directory and those above it, mode 0755; existing ones are fine.
[[nodiscard]] Result<void> make_directories(const Root& root, const std::string& path);

/// Replaces the file's content as a whole: whoever reads it sees the old content or the new one,
/// also after a power failure. Makes the directory. A file that is there keeps its owner and mode;
/// a new one has mode 0644. Where the path is a symbolic link, the file it leads to is replaced.
[[nodiscard]] Result<void> replace_file(const Root& root, const std::string& path,
                                        std::string_view content);

/// Makes a symbolic link that says `target`, in the place of whatever file or link is there. Makes
/// the directory. Whether the target exists does not matter.
[[nodiscard]] Result<void> replace_link(const Root& root, const std::string& path,
                                        const std::string& target);

/// Removes a file or an empty directory; one that is not there is fine.
[[nodiscard]] Result<void> remove(const Root& root, const std::string& path);

}  // namespace early_bind::sysfs
