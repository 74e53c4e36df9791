// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_grub_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kDirectory = "boot/grub";
constexpr const char* kEnvironment = "boot/grub/grubenv";

Result<std::string> probe(const sysfs::Root& root, const std::string& target) {
    process::Options options;
    options.timeout = std::chrono::seconds(30);
    const auto outcome =
        process::run({"grub-probe", "--target=" + target, root.outside_path(kDirectory)}, options);
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != 0) {
        return fail(std::string(text::trim(text::split(outcome->err, '\n').front())));
    }
    return std::string(text::trim(outcome->out));
}

}  // namespace

Findings judge_grub_environment(const std::string& name, std::string_view abstractions,
                                std::string_view fs) {
    constexpr std::array<std::string_view, 2> kAbstractions = {"diskfilter", "lvm"};
    constexpr std::array<std::string_view, 8> kFileSystems = {"btrfs", "cpiofs",  "newc",  "odc",
                                                              "romfs", "squash4", "tarfs", "zfs"};
    for (const auto abstraction : kAbstractions) {
        if (abstractions.find(abstraction) != std::string_view::npos) {
            return {{Code::grubenv_unwritable,
                     fmt::format("GRUB cannot write {}, which lies on {}", name, abstraction)}};
        }
    }
    if (std::find(kFileSystems.begin(), kFileSystems.end(), fs) != kFileSystems.end()) {
        return {{Code::grubenv_unwritable,
                 fmt::format("GRUB cannot write {}, which lies on {}", name, fs)}};
    }
    return {{Code::grubenv_ok, fmt::format("GRUB can write {}", name)}};
}

Findings check_grub_environment(const Subject& subject) {
    const auto name = subject.root.outside_path(kEnvironment);
    if (!subject.root.exists(kDirectory)) {
        return {};  // no menu either, which is the problem
    }
    if (!subject.root.exists(kEnvironment)) {
        return {{Code::grubenv_missing, fmt::format("there is no {}", name)}};
    }
    if (!subject.root.is_live()) {
        return {{Code::skipped,
                 fmt::format("whether GRUB can write {} can be told in the running system only",
                             name)}};
    }
    const auto abstractions = probe(subject.root, "abstraction");
    const auto fs = abstractions ? probe(subject.root, "fs") : abstractions;
    if (!fs) {
        return {{Code::skipped, fmt::format("whether GRUB can write {} cannot be told: {}", name,
                                            fs.error().what)}};
    }
    return judge_grub_environment(name, *abstractions, *fs);
}

}  // namespace early_bind::doctor
