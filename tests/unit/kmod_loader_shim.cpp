// SPDX-License-Identifier: MIT
#include "tests/unit/kmod_loader_shim.h"

#include <cstdio>

#include "early-bind/kmod_loader.hpp"

load_result kmod_loader_load(const char* root, const char* name, char* message, std::size_t size) {
    const auto directory = early_bind::sysfs::Root::open(root).value();
    early_bind::KmodLoader loader(directory);
    const auto state = loader.load(name);
    std::snprintf(message, size, "%s", state ? "" : state.error().what.c_str());
    if (!state) {
        return LOAD_FAILED;
    }
    switch (*state) {
        case early_bind::ModuleState::built_in:
            return LOAD_BUILT_IN;
        case early_bind::ModuleState::loaded:
            return LOAD_LOADED;
        case early_bind::ModuleState::absent:
            return LOAD_ABSENT;
    }
    return LOAD_FAILED;
}
