// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/result.hpp"

namespace early_bind {

/// Where a kernel module's code is after ModuleLoader::load().
enum class ModuleState {
    built_in,  ///< part of the kernel image
    loaded,    ///< in the kernel, whether it was before the call or not
    absent,    ///< neither the kernel nor the module directory has it
};

/// Brings kernel modules in. An interface, so that the executor can be tested without a kernel and
/// so that distributions without libkmod can put something else here.
class ModuleLoader {
  public:
    ModuleLoader() = default;
    ModuleLoader(const ModuleLoader&) = delete;
    ModuleLoader& operator=(const ModuleLoader&) = delete;
    virtual ~ModuleLoader() = default;

    /// Makes the code of the module `name` (dash or underscore, or an alias) available in the
    /// kernel, with what it depends on and the options that modprobe.d and the kernel command line
    /// give it. A module that is nowhere is `absent`; an Error means that it is there and did not
    /// go in. May block as long as a module's initialization does.
    [[nodiscard]] virtual Result<ModuleState> load(const std::string& name) = 0;
};

}  // namespace early_bind
