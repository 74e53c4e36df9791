// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "host/display/files.hpp"

namespace early_bind::display {

/// Paths relative to the root.
struct Changes {
    std::vector<std::string> written;
    std::vector<std::string> removed;

    [[nodiscard]] bool empty() const { return written.empty() && removed.empty(); }
};

/// Whether a file is there as it is to be.
[[nodiscard]] bool is_so(const sysfs::Root& root, const OwnFile& file);

/// Brings what is there in step with `files`: writes what differs, and takes away what is ours and
/// not among them.
[[nodiscard]] Result<Changes> write_files(const sysfs::Root& root,
                                          const std::vector<OwnFile>& files);

/// Takes all of it away.
[[nodiscard]] Result<Changes> remove_files(const sysfs::Root& root);

/// Brings the files in step with the GPUs as they are now, whose drivers are waited for no longer
/// than `limit` in the running system, and tells udev.
[[nodiscard]] Result<Changes> refresh(const sysfs::Root& root, std::chrono::milliseconds limit);

/// After a change of the udev rule in the running system: has udevd read its rules and look at the
/// cards again, so that the tag is on the right one. Does nothing for other changes and roots.
[[nodiscard]] Result<void> tell_udev(const sysfs::Root& root, const Changes& changes);

}  // namespace early_bind::display
