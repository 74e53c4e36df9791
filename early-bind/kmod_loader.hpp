// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/sysfs/root.hpp"
#include "early-bind/module_loader.hpp"

namespace early_bind {

/// Loads modules through libkmod, as modprobe does, with these decisions:
///
/// * `blacklist` lines are about loading by alias; a load by name ignores them, as in modprobe.
/// * `install` commands are never run: there may be no shell in the image, a command may load what
///   it likes, and it runs as root before the root file system is checked. A module with an
///   `install` line is not loaded behind the line's back either, so `install vfio-pci /bin/false`
///   keeps its meaning; load() fails and quotes the line. The same line on a soft dependency only
///   leaves that soft dependency out. (As in modprobe, a module that has soft dependencies is
///   loaded in spite of its `install` line.)
/// * Configuration is read anew by each load(), so options written to /run/modprobe.d count.
/// * Modules may be compressed as .ko.xz or .ko.zst. The static build's libkmod cannot read .ko.gz:
///   load() fails and says so.
/// * A module whose file the indices name and the image lacks is absent.
/// * A module that is in the kernel already costs two system calls and no look at the indices.
/// * libkmod prints nothing; what went wrong is in the Error.
class KmodLoader final : public ModuleLoader {
  public:
    /// `root`: where /sys says which modules are there. libkmod itself knows the running system
    /// only.
    explicit KmodLoader(const sysfs::Root& root) : root_(root) {}

    [[nodiscard]] Result<ModuleState> load(const std::string& name) override;

  private:
    const sysfs::Root& root_;
};

}  // namespace early_bind
