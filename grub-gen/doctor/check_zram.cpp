// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_zram.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace early_bind::doctor {
namespace {

/// Where the unit of zram-tools is enabled.
constexpr const char* kZramTools = "etc/systemd/system/multi-user.target.wants/zramswap.service";

/// The configurations without which systemd-zram-generator makes nothing
/// (zram-generator.conf(5)), and the directories of drop-ins.
constexpr std::array kZramGenerator = {
    "etc/systemd/zram-generator.conf", "run/systemd/zram-generator.conf",
    "usr/local/lib/systemd/zram-generator.conf", "usr/lib/systemd/zram-generator.conf"};
constexpr std::array kDropIns = {
    "etc/systemd/zram-generator.conf.d", "run/systemd/zram-generator.conf.d",
    "usr/local/lib/systemd/zram-generator.conf.d", "usr/lib/systemd/zram-generator.conf.d"};

/// The generator's configuration, empty for none.
std::string generator_configuration(const sysfs::Root& root) {
    for (const char* path : kZramGenerator) {
        if (root.exists(path)) {
            return path;
        }
    }
    for (const char* directory : kDropIns) {
        for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
            if (name.ends_with(".conf")) {
                return fmt::format("{}/{}", directory, name);
            }
        }
    }
    return {};
}

/// Whether the unit is enabled: the link is there, wherever it leads.
bool is_enabled(const sysfs::Root& root, const std::string& unit) {
    return root.read_link(unit).has_value();
}

}  // namespace

Findings check_zram(const Subject& subject) {
    const auto& root = subject.root;
    const auto generator = generator_configuration(root);
    if (is_enabled(root, kZramTools) && !generator.empty()) {
        return {
            {Code::zram_twice, fmt::format("zram-tools' zramswap.service is enabled, and {} has "
                                           "systemd-zram-generator set zram up as well",
                                           root.outside_path(generator))}};
    }
    return {{Code::zram_ok, "no two programs set zram up"}};
}

}  // namespace early_bind::doctor
