// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"

namespace early_bind {

/// Where the backups lie, one numbered directory each: `index` and the files below `files`.
inline constexpr const char* kBackupPath = "var/lib/early-bind/import";

/// What shall happen to a file.
struct FileChange {
    std::string path;                   ///< relative to the root
    std::optional<std::string> before;  ///< its content as it was read; nothing: it is not there
    std::optional<std::string> after;   ///< nothing: it is taken away
};

/// A set of changes with its backup.
struct Backup {
    std::string directory;           ///< relative to the root
    std::vector<std::string> files;  ///< relative to the root
};

/// Makes the changes, all of them or none. Before the first, every file's content, mode and owner
/// is in a new backup; changed files keep mode and owner. Refuses when a file is no regular file or
/// has changed since it was read. When a change fails, those before it are taken back.
[[nodiscard]] Result<Backup> change_files(const sysfs::Root& root,
                                          const std::vector<FileChange>& changes);

/// Takes the latest set of changes back: content, mode and owner of each file become those before
/// it, and the backup is removed. Refuses before the first write when a file is neither as the
/// changes left it nor as it was before them, and when the backup is damaged.
[[nodiscard]] Result<Backup> undo_changes(const sysfs::Root& root);

}  // namespace early_bind
