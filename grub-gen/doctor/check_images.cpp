// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_images.hpp"

#include <fmt/core.h>

#include "grub-gen/distribution.hpp"
#include "grub-gen/doctor/check_kernels.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kProgramPath = "usr/sbin/early-bind";

std::string revision_in(const std::string& table) {
    const auto parsed = parse_boot_table(table);
    return parsed ? fmt::format("the boot table {}", parsed->revision)
                  : std::string("a damaged boot table");
}

}  // namespace

bool runs_ahead_of_udev(std::string_view order) {
    const auto ours = order.find("/scripts/init-top/00-early-bind ");
    const auto udev = order.find("/scripts/init-top/udev ");
    return ours != std::string_view::npos && (udev == std::string_view::npos || ours < udev);
}

bool runs_early(const ImageContents& contents) {
    return (contents.script && runs_ahead_of_udev(contents.order)) || contents.hook ||
           contents.unit;
}

Findings judge_image(const std::string& name, const ImageContents& contents,
                     const ImageDemand& demand) {
    Findings findings;
    if (!contents.program) {
        findings.push_back({Code::image_no_program, fmt::format("{} has no early-bind", name)});
    } else if (!demand.program.empty() && *contents.program != demand.program) {
        findings.push_back({Code::image_stale_program,
                            fmt::format("{} has another early-bind than the installed one", name)});
    }
    if (!contents.table) {
        findings.push_back({Code::image_no_table, fmt::format("{} has no boot table", name)});
    } else if (*contents.table != demand.table) {
        findings.push_back(
            {Code::image_stale_table, fmt::format("{} has {}, the current one is {}", name,
                                                  revision_in(*contents.table), demand.revision)});
    }
    if (!runs_early(contents)) {
        findings.push_back(
            {Code::image_late, fmt::format("{} does not run early-bind ahead of udev", name)});
    }
    if (!contents.vfio && !demand.vfio_built_in) {
        findings.push_back({Code::image_no_vfio, fmt::format("{} has no vfio-pci", name)});
    }
    return findings;
}

Findings check_images(const Subject& subject) {
    if (!subject.table) {
        return {};
    }
    if (find_distribution(subject.root).rebuild_initramfs.empty()) {
        return {{Code::no_initramfs_hook,
                 fmt::format("nothing that makes an initramfs in {} runs early-bind",
                             subject.root.outside_path(""))}};
    }
    ImageDemand demand;
    demand.table = subject.table_text;
    demand.revision = subject.table->revision;
    Findings findings;
    if (auto program = subject.root.read(kProgramPath, kProgramLimit)) {
        demand.program = std::move(*program);
    } else {
        findings.push_back(
            {Code::program_missing,
             fmt::format("there is no {}", subject.root.outside_path(kProgramPath))});
    }
    for (const auto& kernel : subject.kernels) {
        const auto path = image_path(subject.root, kernel);
        const auto name = subject.root.outside_path(path);
        if (!subject.root.exists(path)) {
            findings.push_back(
                {Code::image_missing, fmt::format("Linux {} has no {}", kernel, name)});
            continue;
        }
        const auto contents = read_image(subject.root, path);
        if (!contents) {
            findings.push_back({Code::image_unreadable,
                                fmt::format("{} cannot be read: {}", name, contents.error().what)});
            continue;
        }
        demand.vfio_built_in = is_vfio_built_in(subject.root, kernel);
        append(findings, judge_image(name, *contents, demand));
    }
    if (findings.empty() && !subject.kernels.empty()) {
        findings.push_back(
            {Code::images_ok,
             fmt::format("the initramfs of every kernel ({}) has the boot table {} and the "
                         "installed early-bind, and runs it ahead of udev",
                         subject.kernels.size(), subject.table->revision)});
    }
    return findings;
}

}  // namespace early_bind::doctor
