// SPDX-License-Identifier: MIT
#include "early-bind/kmod_loader.hpp"

#include <fmt/core.h>
#include <libkmod.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "core/text.hpp"

namespace early_bind {
namespace {

struct UnrefContext {
    void operator()(kmod_ctx* context) const { kmod_unref(context); }
};
struct UnrefModule {
    void operator()(kmod_module* module) const { kmod_module_unref(module); }
};
struct UnrefList {
    void operator()(kmod_list* list) const { kmod_module_unref_list(list); }
};
using Context = std::unique_ptr<kmod_ctx, UnrefContext>;
using Module = std::unique_ptr<kmod_module, UnrefModule>;
using List = std::unique_ptr<kmod_list, UnrefList>;

/// libkmod logs to stderr unless told otherwise.
void discard_log(void*, int, const char*, int, const char*, const char*, va_list) {}

/// strerror() in English whatever the locale: message text is part of our interface.
std::string errno_text(int number) {
    const char* text = strerrordesc_np(number);
    return text != nullptr ? text : fmt::format("error {}", number);
}

tl::unexpected<Error> cannot_load(const std::string& name, const std::string& reason) {
    return fail(fmt::format("cannot load module {}: {}", name, reason));
}

/// What the kernel and libkmod mean by an error number of an insertion, where the number's own text
/// leads astray.
std::string insertion_text(int number) {
    switch (number) {
        case ENOENT:
            return errno_text(number) +
                   " (its file is missing, or it has an unknown symbol or parameter)";
        case ENOEXEC:
            return errno_text(number) + " (it was built for another kernel)";
        case EKEYREJECTED:
            return errno_text(number) + " (the kernel accepts signed modules only)";
        default:
            return errno_text(number);
    }
}

/// A libkmod without zlib, such as the one of the static build, hands a .ko.gz to the kernel as it
/// is, which takes it for no module (ENOEXEC), or refuses it (ENOSYS, since version 32).
std::string insertion_text(int number, kmod_module* module) {
    const char* path = kmod_module_get_path(module);
    if ((number == ENOEXEC || number == ENOSYS) && path != nullptr &&
        std::string_view(path).ends_with(".gz")) {
        return fmt::format("{} ({} was built for another kernel, or libkmod cannot decompress it)",
                           errno_text(number), path);
    }
    return insertion_text(number);
}

/// libkmod calls this instead of running a modprobe.d `install` command. The error makes a required
/// module fail, and libkmod stops there, so the last command seen is the one to name.
int refuse_install_command(kmod_module* module, const char* command, void* data) {
    auto& refused = *static_cast<std::string*>(data);
    refused = fmt::format("install {} {}", kmod_module_get_name(module), command);
    return -ECANCELED;
}

/// Whether the module directory names a file for the module that is not there: an image that was
/// made without it, but with the indices of the whole system.
bool is_file_missing(kmod_module* module) {
    const char* path = kmod_module_get_path(module);
    return path != nullptr && ::access(path, F_OK) != 0;
}

/// A module in the kernel says so in /sys, which is quicker than libkmod with all its indices.
bool is_live(const sysfs::Root& root, std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    const auto state = root.read_attribute(fmt::format("sys/module/{}/initstate", name));
    return state && text::trim(*state) == "live";
}

Result<ModuleState> insert(const std::string& name, kmod_module* module) {
    std::string refused;
    const int status = kmod_module_probe_insert_module(module, 0, nullptr, refuse_install_command,
                                                       &refused, nullptr);
    if (status == -ECANCELED && !refused.empty()) {
        return cannot_load(name, fmt::format("modprobe.d says '{}', and no install command is run "
                                             "in the initramfs",
                                             refused));
    }
    if (status == -ENOENT && is_file_missing(module)) {
        return ModuleState::absent;
    }
    if (status < 0) {
        return cannot_load(name, insertion_text(-status, module));
    }
    // Trust the read-back: a probe that reports success need not have left a module behind.
    const int state = kmod_module_get_initstate(module);
    if (state < 0) {
        return cannot_load(name, "the kernel took it, but it is not there");
    }
    return state == KMOD_MODULE_BUILTIN ? ModuleState::built_in : ModuleState::loaded;
}

/// The state of a module that the module directory does not know. The kernel may have it all the
/// same: it was loaded from another image, or it is built in and the image has no modules.builtin.
Result<ModuleState> state_in_kernel(kmod_ctx* context, const std::string& name) {
    kmod_module* raw = nullptr;
    if (kmod_module_new_from_name(context, name.c_str(), &raw) < 0) {
        return ModuleState::absent;
    }
    const Module module(raw);
    switch (kmod_module_get_initstate(module.get())) {
        case KMOD_MODULE_BUILTIN:
        case KMOD_MODULE_COMING:  // libkmod's word for a directory in /sys/module without a state,
                                  // which is what built-in code with parameters has
            return ModuleState::built_in;
        case KMOD_MODULE_LIVE:
            return ModuleState::loaded;
        default:
            return ModuleState::absent;
    }
}

}  // namespace

Result<ModuleState> KmodLoader::load(const std::string& name) {
    if (is_live(root_, name)) {
        return ModuleState::loaded;
    }
    const Context context(kmod_new(nullptr, nullptr));
    if (!context) {
        return cannot_load(name, "libkmod does not start: " + errno_text(errno));
    }
    kmod_set_log_fn(context.get(), discard_log, nullptr);

    kmod_list* raw = nullptr;
    const int status = kmod_module_new_from_lookup(context.get(), name.c_str(), &raw);
    const List found(raw);
    // ENOENT and ENOSYS: there is no module directory for this kernel, or it lacks an index.
    if (status < 0 && status != -ENOENT && status != -ENOSYS) {
        return cannot_load(name, errno_text(-status));
    }
    // A name that nothing knows is no error to libkmod: the list is empty.
    if (status < 0 || !found) {
        return state_in_kernel(context.get(), name);
    }

    // An alias may stand for several modules; as modprobe does, all of them are loaded.
    auto state = ModuleState::built_in;
    for (kmod_list* item = found.get(); item != nullptr; item = kmod_list_next(found.get(), item)) {
        const Module module(kmod_module_get_module(item));
        auto inserted = insert(name, module.get());
        if (!inserted || *inserted == ModuleState::absent) {
            return inserted;
        }
        if (*inserted == ModuleState::loaded) {
            state = ModuleState::loaded;
        }
    }
    return state;
}

}  // namespace early_bind
