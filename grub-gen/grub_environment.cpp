// SPDX-License-Identifier: MIT
#include "grub-gen/grub_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

/// Runs one of GRUB's programs; what it printed.
Result<std::string> run(const std::vector<std::string>& command) {
    process::Options options;
    options.timeout = std::chrono::seconds(30);
    const auto outcome = process::run(command, options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        return fail(fmt::format("{} failed: {}", command.front(),
                                text::trim(text::split(outcome->err, '\n').front())));
    }
    return outcome->out;
}

}  // namespace

std::string_view unwritable(std::string_view abstractions, std::string_view fs) {
    constexpr std::array<std::string_view, 2> kAbstractions = {"diskfilter", "lvm"};
    constexpr std::array<std::string_view, 8> kFileSystems = {"btrfs", "cpiofs",  "newc",  "odc",
                                                              "romfs", "squash4", "tarfs", "zfs"};
    for (const auto abstraction : kAbstractions) {
        if (abstractions.find(abstraction) != std::string_view::npos) {
            return abstraction;
        }
    }
    const auto* const found = std::find(kFileSystems.begin(), kFileSystems.end(), fs);
    return found != kFileSystems.end() ? *found : std::string_view();
}

Result<std::string> find_unwritable(const sysfs::Root& root) {
    const auto probe = [&root](const std::string& target) {
        return run({"grub-probe", "--target=" + target, root.outside_path(kGrubDirectory)});
    };
    const auto abstractions = probe("abstraction");
    auto fs = abstractions ? probe("fs") : abstractions;
    if (!fs) {
        return fs;
    }
    return std::string(unwritable(*abstractions, text::trim(*fs)));
}

Result<std::map<std::string, std::string>> read_grub_environment(const sysfs::Root& root) {
    std::map<std::string, std::string> variables;
    if (!root.exists(kGrubEnvironment)) {
        return variables;
    }
    const auto listed = run({"grub-editenv", root.outside_path(kGrubEnvironment), "list"});
    if (!listed) {
        return tl::unexpected(listed.error());
    }
    for (const auto line : text::split(*listed, '\n')) {
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return variables;
}

Result<void> set_grub_variable(const sysfs::Root& root, const std::string& name,
                               const std::string& value) {
    const auto file = root.outside_path(kGrubEnvironment);
    if (!root.exists(kGrubEnvironment)) {
        if (value.empty()) {
            return {};
        }
        if (const auto made = run({"grub-editenv", file, "create"}); !made) {
            return tl::unexpected(made.error());
        }
    }
    const auto done = value.empty()
                          ? run({"grub-editenv", file, "unset", name})
                          : run({"grub-editenv", file, "set", fmt::format("{}={}", name, value)});
    return done ? Result<void>() : tl::unexpected(done.error());
}

}  // namespace early_bind
