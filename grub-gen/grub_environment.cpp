// SPDX-License-Identifier: MIT
#include "grub-gen/grub_environment.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "grub-gen/loader/grub_place.hpp"

namespace early_bind {

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
        return run_grub_program(
            "probe", {"--target=" + target, root.outside_path(find_grub(root).directory())});
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
    const auto path = find_grub(root).environment();
    if (!root.exists(path)) {
        return variables;
    }
    const auto listed = run_grub_program("editenv", {root.outside_path(path), "list"});
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
    const auto path = find_grub(root).environment();
    const auto edit = [file = root.outside_path(path)](std::vector<std::string> words) {
        words.insert(words.begin(), file);
        const auto done = run_grub_program("editenv", words);
        return done ? Result<void>() : tl::unexpected(done.error());
    };
    if (!root.exists(path)) {
        if (value.empty()) {
            return {};
        }
        if (auto made = edit({"create"}); !made) {
            return made;
        }
    }
    return value.empty() ? edit({"unset", name}) : edit({"set", fmt::format("{}={}", name, value)});
}

}  // namespace early_bind
