// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_kernels.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace early_bind::doctor {
namespace {

constexpr std::size_t kListLimit = std::size_t{16} * 1024 * 1024;

/// Where a kernel's modules are. Arch Linux names the file of a kernel after its package, which
/// stands in the file `pkgbase` beside the modules.
std::string modules_directory(const sysfs::Root& root, const std::string& kernel) {
    auto usual = fmt::format("lib/modules/{}", kernel);
    if (root.exists(usual)) {
        return usual;
    }
    for (const auto& name : root.list("lib/modules").value_or(std::vector<std::string>())) {
        auto directory = fmt::format("lib/modules/{}", name);
        if (text::trim(root.read(directory + "/pkgbase").value_or("")) == kernel) {
            return directory;
        }
    }
    return usual;
}

std::string read_list(const sysfs::Root& root, const std::string& kernel, std::string_view name) {
    return root.read(fmt::format("{}/{}", modules_directory(root, kernel), name), kListLimit)
        .value_or("");
}

}  // namespace

bool names_module(std::string_view list, std::string_view module) {
    const auto lines = text::split(list, '\n');
    const auto file = fmt::format("{}.ko", module);
    return std::any_of(lines.begin(), lines.end(), [&file](std::string_view line) {
        // modules.dep has the module first, then a colon and what it needs.
        return sysfs::base_name(line.substr(0, line.find(':'))).starts_with(file);
    });
}

Findings judge_modules(const std::string& kernel, std::string_view built_in,
                       std::string_view loadable) {
    constexpr std::array<std::string_view, 2> kNeeded = {"vfio-pci", "vfio_iommu_type1"};
    std::vector<std::string> missing;
    for (const auto module : kNeeded) {
        if (!names_module(built_in, module) && !names_module(loadable, module)) {
            missing.emplace_back(module);
        }
    }
    if (missing.empty()) {
        return {};
    }
    return {
        {Code::vfio_missing, fmt::format("Linux {} has no {}", kernel, text::join_words(missing))}};
}

bool is_vfio_built_in(const sysfs::Root& root, const std::string& kernel) {
    return names_module(read_list(root, kernel, "modules.builtin"), "vfio-pci");
}

Findings check_kernels(const Subject& subject) {
    if (subject.kernels.empty()) {
        return {{Code::no_kernels,
                 fmt::format("{} has no vmlinuz-*", subject.root.outside_path("boot"))}};
    }
    Findings findings;
    for (const auto& kernel : subject.kernels) {
        const auto directory = modules_directory(subject.root, kernel);
        if (!subject.root.exists(directory)) {
            findings.push_back(
                {Code::modules_missing,
                 fmt::format("Linux {} has no {}", kernel, subject.root.outside_path(directory))});
            continue;
        }
        append(findings, judge_modules(kernel, read_list(subject.root, kernel, "modules.builtin"),
                                       read_list(subject.root, kernel, "modules.dep")));
    }
    if (findings.empty()) {
        findings.push_back({Code::modules_ok, fmt::format("every installed kernel has vfio-pci: {}",
                                                          text::join_words(subject.kernels))});
    }
    return findings;
}

}  // namespace early_bind::doctor
