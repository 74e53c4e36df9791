// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/sysfs/root.hpp"

namespace early_bind {

/// What kernel-install(8) is told to make of kernels.
struct KernelInstall {
    std::string layout;         ///< "bls", "uki", "auto"; empty when it is not set
    std::string uki_generator;  ///< "ukify", "dracut"; empty when it is not set: ukify
    bool operator==(const KernelInstall&) const = default;
};

/// Takes what the text of an install.conf sets over into `settings`: lines KEY=VALUE, # begins a
/// comment, an empty value unsets.
void read_install_conf(std::string_view text, KernelInstall& settings);

/// What is set for the root: the first install.conf of etc/kernel, run/kernel,
/// usr/local/lib/kernel and usr/lib/kernel, and over it the files of install.conf.d in the order of
/// their names, of which the same directory's counts.
[[nodiscard]] KernelInstall read_kernel_install(const sysfs::Root& root);

/// Where the first of those directories has a file, relative to the root; empty when none has it.
[[nodiscard]] std::string find_kernel_install_file(const sysfs::Root& root,
                                                   const std::string& name);

/// The names that kernel-install may begin those of this system's files with: what
/// etc/kernel/entry-token says, else the machine-id and the os-release's IMAGE_ID and ID.
[[nodiscard]] std::vector<std::string> entry_tokens(const sysfs::Root& root);

/// The command that installs a kernel anew, as the distribution's own hooks do: with the files of
/// /boot where the root has them there (Debian), else with those that the kernel's package has left
/// in /usr/lib/modules.
[[nodiscard]] std::vector<std::string> add_kernel_command(const sysfs::Root& root,
                                                          const std::string& kernel);

}  // namespace early_bind
