// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/subject.hpp"

#include <algorithm>
#include <array>

#include "grub-gen/machine_facts.hpp"

namespace early_bind::doctor {
namespace {

constexpr std::string_view kKernelPrefix = "vmlinuz-";
constexpr std::string_view kRescuePrefix = "vmlinuz-0-rescue";  // Fedora's, without layouts

/// Files that 10_linux leaves out (grub-mkconfig_lib, grub_file_is_not_garbage()).
bool is_garbage(std::string_view name) {
    constexpr std::array<std::string_view, 3> kEnds = {".rpmsave", ".rpmnew", ".sig"};
    return name.find(".dpkg-") != std::string_view::npos ||
           std::any_of(kEnds.begin(), kEnds.end(),
                       [name](std::string_view end) { return name.ends_with(end); });
}

std::vector<std::string> find_kernels(const sysfs::Root& root) {
    std::vector<std::string> kernels;
    for (const auto& name : root.list("boot").value_or(std::vector<std::string>())) {
        if (name.starts_with(kKernelPrefix) && name.size() > kKernelPrefix.size() &&
            !is_garbage(name) && !name.starts_with(kRescuePrefix)) {
            kernels.push_back(name.substr(kKernelPrefix.size()));
        }
    }
    return kernels;
}

void read_table(const sysfs::Root& root, Subject& subject) {
    if (!root.exists(kBootTablePath)) {
        return;
    }
    auto text = root.read(kBootTablePath, kBootTableLimit);
    if (!text) {
        subject.table_mistake = text.error().what;
        return;
    }
    subject.table_text = std::move(*text);
    auto table = parse_boot_table(subject.table_text);
    if (table) {
        subject.table = std::move(*table);
    } else {
        subject.table_mistake = table.error().what;
    }
}

}  // namespace

Subject gather(const sysfs::Root& root) {
    Subject subject{.root = root,
                    .machine = look_at(root),
                    .facts = read_machine_facts(root),
                    .kernels = find_kernels(root),
                    .table_text = {},
                    .table_mistake = {},
                    .table = {},
                    .loader = find_loader(root),
                    .menu_path = {},
                    .timeout = {},
                    .menu_mistake = {},
                    .menu = {}};
    read_table(root, subject);
    subject.menu_path = subject.loader->menu_path();
    if (auto menu = subject.loader->read_menu()) {
        subject.menu = std::move(menu->entries);
        subject.timeout = menu->timeout;
    } else {
        subject.menu_mistake = menu.error().what;
    }
    return subject;
}

std::string image_path(const sysfs::Root& root, const std::string& kernel) {
    const std::array<std::string, 4> names = {"initrd.img-" + kernel, "initrd-" + kernel + ".img",
                                              "initrd-" + kernel, "initramfs-" + kernel + ".img"};
    const auto found = std::find_if(names.begin(), names.end(), [&root](const std::string& name) {
        return root.exists("boot/" + name);
    });
    return "boot/" + (found != names.end() ? *found : names.front());
}

}  // namespace early_bind::doctor
