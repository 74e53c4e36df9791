// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "grub-gen/commands/command.hpp"
#include "grub-gen/loader/kernel_install.hpp"
#include "grub-gen/loader/uki_build.hpp"

namespace early_bind {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// A path of the root's system as we name it: relative to the root.
std::string relative(const std::string& path) {
    return path.substr(std::min(path.size(), path.find_first_not_of('/')));
}

/// Where uki.conf is, as 60-ukify.install looks for it.
std::string find_config(const sysfs::Root& root) {
    const auto directory = variable("KERNEL_INSTALL_CONF_ROOT");
    if (directory.empty()) {
        return find_kernel_install_file(root, "uki.conf");
    }
    auto path = relative(directory) + "/uki.conf";
    return root.exists(path) ? path : std::string();
}

}  // namespace

// It takes no lock: kernel-install runs it within apply, refresh and uninstall, which hold it, and
// what it writes is kernel-install's own.
Command uki_command(CLI::App& program) {
    auto* words = program.add_subcommand(
        "uki", "add the GPU layouts to a unified kernel image; kernel-install calls this");
    const auto request = std::make_shared<UkiRequest>();
    words->add_option("UKI", request->uki, "the image that was made")->required();
    words->add_option("VERSION", request->kernel, "the kernel's version")->required();
    words->add_option("KERNEL", request->image, "the kernel that it was made of")->required();
    words->add_option("INITRD", request->initrds, "the initramfs and what stands before it");
    return {words, [request](const sysfs::Root& root) -> int {
                auto made_of = *request;
                made_of.uki = relative(made_of.uki);
                made_of.image = relative(made_of.image);
                for (auto& initrd : made_of.initrds) {
                    initrd = relative(initrd);
                }
                made_of.config = find_config(root);
                made_of.ukify = variable("KERNEL_INSTALL_UKIFY");
                made_of.stub = variable("KERNEL_INSTALL_BOOT_STUB");
                const auto added = add_uki_layouts(root, made_of, say);
                if (!added) {
                    return failed(
                        {fmt::format("leaving the unified kernel image of Linux {} "
                                     "without GPU layouts: {}",
                                     made_of.kernel, added.error().what)});
                }
                if (*added > 0) {
                    say(fmt::format("GPU layouts in the unified kernel image of Linux {}: {}",
                                    made_of.kernel, *added));
                }
                return kGood;
            }};
}

}  // namespace early_bind
