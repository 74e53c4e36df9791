// SPDX-License-Identifier: MIT
#include "grub-gen/loader/kernel_install.hpp"

#include <fmt/core.h>

#include <array>
#include <map>

#include "core/text.hpp"
#include "grub-gen/loader/setting.hpp"
#include "grub-gen/root_command.hpp"

namespace early_bind {
namespace {

constexpr std::array kDirectories = {"etc/kernel", "run/kernel", "usr/local/lib/kernel",
                                     "usr/lib/kernel"};
constexpr const char* kInstallConf = "install.conf";

std::string read_os_release(const sysfs::Root& root) {
    return root.read(root.exists("etc/os-release") ? "etc/os-release" : "usr/lib/os-release")
        .value_or("");
}

}  // namespace

void read_install_conf(std::string_view text, KernelInstall& settings) {
    settings.layout = find_setting(text, "layout").value_or(settings.layout);
    settings.uki_generator = find_setting(text, "uki_generator").value_or(settings.uki_generator);
}

std::string find_kernel_install_file(const sysfs::Root& root, const std::string& name) {
    for (const char* directory : kDirectories) {
        auto path = fmt::format("{}/{}", directory, name);
        if (root.exists(path)) {
            return path;
        }
    }
    return {};
}

KernelInstall read_kernel_install(const sysfs::Root& root) {
    KernelInstall settings;
    if (const auto path = find_kernel_install_file(root, kInstallConf); !path.empty()) {
        read_install_conf(root.read(path).value_or(""), settings);
    }
    std::map<std::string, std::string> files;  // names and paths
    for (const char* directory : kDirectories) {
        const auto path = fmt::format("{}/{}.d", directory, kInstallConf);
        for (const auto& name : root.list(path).value_or(std::vector<std::string>())) {
            if (name.ends_with(".conf")) {
                files.try_emplace(name, fmt::format("{}/{}", path, name));
            }
        }
    }
    for (const auto& [name, path] : files) {
        read_install_conf(root.read(path).value_or(""), settings);
    }
    return settings;
}

std::vector<std::string> entry_tokens(const sysfs::Root& root) {
    std::vector<std::string> tokens;
    const auto add = [&tokens](std::string_view token) {
        if (!token.empty()) {
            tokens.emplace_back(token);
        }
    };
    const auto token = root.read("etc/kernel/entry-token").value_or("");
    add(text::trim(token));
    if (tokens.empty()) {
        const auto machine_id = root.read("etc/machine-id").value_or("");
        add(text::trim(machine_id));
        const auto release = read_os_release(root);
        for (const char* key : {"IMAGE_ID", "ID"}) {
            add(find_setting(release, key).value_or(""));
        }
    }
    return tokens;
}

std::vector<std::string> add_kernel_command(const sysfs::Root& root, const std::string& kernel) {
    std::vector<std::string> command = {find_program(root, "kernel-install"), "add", kernel};
    if (const auto image = "boot/vmlinuz-" + kernel; root.exists(image)) {
        command.push_back("/" + image);
        if (const auto initrd = "boot/initrd.img-" + kernel; root.exists(initrd)) {
            command.push_back("/" + initrd);
        }
    } else {
        command.push_back(fmt::format("/usr/lib/modules/{}/vmlinuz", kernel));
    }
    return command;
}

}  // namespace early_bind
