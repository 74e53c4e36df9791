// SPDX-License-Identifier: MIT
#include "grub-gen/distribution_entries.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

constexpr const char* kDirectory = "etc/grub.d";
constexpr std::chrono::minutes kTimeLimit{2};

bool is_generator(std::string_view name) {
    constexpr std::array<std::string_view, 4> kGarbage = {"~", ".rpmsave", ".rpmnew", ".sig"};
    return name.starts_with("10_linux") && name.find(".dpkg-") == std::string_view::npos &&
           std::none_of(kGarbage.begin(), kGarbage.end(),
                        [name](std::string_view end) { return name.ends_with(end); });
}

bool is_executable(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

}  // namespace

DistributionEntries read_distribution_entries(const sysfs::Root& root) {
    DistributionEntries result;
    const auto names = root.list(kDirectory);
    if (!names) {
        result.warnings.push_back(names.error().what);
        return result;
    }
    process::Options options;
    options.set = {{"GRUB_DISABLE_SUBMENU", "y"}, {"GRUB_DISABLE_RECOVERY", "true"}};
    options.unset = {"GRUB_SAVEDEFAULT", "GRUB_FORCE_PARTUUID"};
    options.timeout = kTimeLimit;
    for (const auto& name : *names) {
        const auto path = root.outside_path(fmt::format("{}/{}", kDirectory, name));
        if (!is_generator(name) || !is_executable(path)) {
            continue;
        }
        const auto outcome = process::run({path}, options);
        if (!outcome) {
            result.warnings.push_back(outcome.error().what);
        } else if (outcome->status != 0) {
            result.warnings.push_back(fmt::format("{} failed with status {}: {}", path,
                                                  outcome->status,
                                                  process::last_words(outcome->err)));
        } else {
            result.script += outcome->out;
        }
    }
    return result;
}

}  // namespace early_bind
