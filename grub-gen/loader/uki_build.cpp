// SPDX-License-Identifier: MIT
#include "grub-gen/loader/uki_build.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/sysfs/files.hpp"
#include "grub-gen/loader/applied_table.hpp"
#include "grub-gen/loader/efi_variable.hpp"
#include "grub-gen/loader/kernel_install.hpp"
#include "grub-gen/loader/systemd_boot.hpp"

namespace early_bind {
namespace {

constexpr const char* kUkify = "ukify";
constexpr std::string_view kJoin = "--join-profile";

/// A path of the root as a program that runs in the root names it.
std::string inside(const std::string& path) {
    return "/" + path;
}

UkiWork work_beside(const std::string& uki) {
    UkiWork work;
    work.directory = uki.substr(0, uki.find_last_of('/')) + "/early-bind";
    work.cmdline = work.directory + "/cmdline";
    work.output = work.directory + "/uki.efi";
    return work;
}

/// Takes everything of the build away again; kernel-install would do so with the staging area.
void clear(const sysfs::Root& root, const std::string& directory) {
    for (const auto& name : root.list(directory).value_or(std::vector<std::string>())) {
        (void)sysfs::remove(root, fmt::format("{}/{}", directory, name));
    }
    (void)sysfs::remove(root, directory);
}

Result<void> write_inputs(const sysfs::Root& root, const Uki& uki, UkiWork& work,
                          const std::vector<UkiProfile>& layouts) {
    const auto copy = [&](const char* name, const std::string& path) -> Result<bool> {
        const auto* section = uki.section(name);
        if (section == nullptr) {
            return false;
        }
        const auto bytes = read_section(root, uki.path, *section);
        if (!bytes) {
            return tl::unexpected(bytes.error());
        }
        const auto done = sysfs::replace_file(root, path, *bytes);
        return done ? Result<bool>(true) : tl::unexpected(done.error());
    };
    const auto cmdline = copy(".cmdline", work.cmdline);
    if (!cmdline || !*cmdline) {
        return cmdline ? fail("it has no command line") : tl::unexpected(cmdline.error());
    }
    const auto tree = copy(".dtb", work.directory + "/dtb");
    if (!tree) {
        return tl::unexpected(tree.error());
    }
    if (*tree) {
        work.device_tree = work.directory + "/dtb";
    }
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        if (auto done = sysfs::replace_file(root, work.layout_cmdline(i), layouts[i].cmdline);
            !done) {
            return done;
        }
    }
    return {};
}

Result<void> build(const sysfs::Root& root, const UkiRequest& request, const Uki& before,
                   const std::vector<UkiProfile>& layouts) {
    auto work = work_beside(request.uki);
    if (auto done = write_inputs(root, before, work, layouts); !done) {
        return done;
    }
    for (const auto& command : plan_ukify(request, work, layouts)) {
        if (auto done = run_quietly_in_root(root, command); !done) {
            return done;
        }
    }
    const auto after = read_uki(root, work.output);
    if (!after) {
        return tl::unexpected(after.error());
    }
    if (const auto mistake = find_uki_mistake(root, before, *after, layouts); !mistake.empty()) {
        return fail(fmt::format("the one that ukify made with them {}", mistake));
    }
    if (std::rename(root.outside_path(work.output).c_str(),
                    root.outside_path(request.uki).c_str()) != 0) {
        return fail(fmt::format("cannot replace {}: {}", root.outside_path(request.uki),
                                std::strerror(errno)));
    }
    return {};
}

/// Whether the booted systemd-boot is one of before 257, by "systemd-boot 257.9-1".
bool is_old_loader(std::string_view booted) {
    constexpr std::string_view kName = "systemd-boot ";
    constexpr int kFirst = 257;
    if (!booted.starts_with(kName)) {
        return false;
    }
    int version = 0;
    for (const char c : booted.substr(kName.size())) {
        if (c < '0' || c > '9' || version > kFirst) {
            break;
        }
        version = version * 10 + (c - '0');
    }
    return version < kFirst;
}

/// Why the root's ukify cannot do it.
std::string find_ukify_obstacle(const sysfs::Root& root) {
    const auto generator = read_kernel_install(root).uki_generator;
    if (!generator.empty() && generator != kUkify) {
        return fmt::format(
            "{} makes the unified kernel images, and only ukify can put GPU layouts into them",
            generator);
    }
    const auto program = find_program(root, kUkify);
    if (program.empty()) {
        return fmt::format("{} has no ukify, which can put GPU layouts into unified kernel images",
                           root.outside_path(""));
    }
    // It is a script, whose text tells what it can do.
    const auto text = root.read(program.substr(1)).value_or("");
    if (text.find(kJoin) == std::string::npos) {
        return fmt::format(
            "{} is of before systemd 257 and can put no GPU layouts into unified kernel images",
            root.outside_path(program.substr(1)));
    }
    return {};
}

}  // namespace

std::string UkiWork::layout_cmdline(std::size_t index) const {
    return fmt::format("{}/layout-{}.cmdline", directory, index + 1);
}

std::string UkiWork::layout_image(std::size_t index) const {
    return fmt::format("{}/layout-{}.efi", directory, index + 1);
}

std::vector<std::vector<std::string>> plan_ukify(const UkiRequest& request, const UkiWork& work,
                                                 const std::vector<UkiProfile>& layouts) {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> last = {request.ukify, "build"};
    if (!request.config.empty()) {
        last.push_back("--config=" + inside(request.config));
    }
    if (!request.stub.empty()) {
        last.push_back("--stub=" + request.stub);
    }
    last.push_back("--linux=" + inside(request.image));
    for (const auto& initrd : request.initrds) {
        last.push_back("--initrd=" + inside(initrd));
    }
    last.push_back("--uname=" + request.kernel);
    last.push_back("--cmdline=@" + inside(work.cmdline));
    if (!work.device_tree.empty()) {
        last.push_back("--devicetree=" + inside(work.device_tree));
    }
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        commands.push_back({request.ukify, "build", "--config=/dev/null",
                            "--profile=" + profile_text(layouts[i]),
                            "--cmdline=@" + inside(work.layout_cmdline(i)),
                            "--output=" + inside(work.layout_image(i))});
        last.push_back("--join-profile=" + inside(work.layout_image(i)));
    }
    last.push_back("--output=" + inside(work.output));
    commands.push_back(std::move(last));
    return commands;
}

std::string find_uki_mistake(const sysfs::Root& root, const Uki& before, const Uki& after,
                             const std::vector<UkiProfile>& layouts) {
    if (before.file.is_signed && !after.file.is_signed) {
        return "is not signed, as the first one is";
    }
    if (after.cmdline != before.cmdline) {
        return "has another command line in its stock entry";
    }
    if (after.profiles != layouts) {
        return "has other profiles";
    }
    for (const auto& section : before.file.sections) {
        // Signatures differ each time: that of the kernel is made where its own is missing.
        if (section.name == ".profile" || section.name == ".pcrsig" ||
            (section.name == ".linux" && before.file.is_signed)) {
            continue;
        }
        const auto* other = after.section(section.name);
        if (other == nullptr || other->size != section.size ||
            !same_bytes(root, before.path, section.offset, after.path, other->offset,
                        section.size)) {
            return fmt::format("has another {}", section.name);
        }
    }
    return {};
}

std::string find_uki_obstacle(const sysfs::Root& root) {
    if (auto obstacle = find_ukify_obstacle(root); !obstacle.empty()) {
        return obstacle;
    }
    if (const auto booted = read_loader_variable(root, kLoaderInfo); is_old_loader(booted)) {
        return fmt::format(
            "{}, which started this boot, shows no GPU layouts of unified kernel images: one of "
            "systemd 257 does, which `bootctl update` installs",
            booted);
    }
    return {};
}

Result<std::size_t> add_uki_layouts(const sysfs::Root& root, const UkiRequest& request,
                                    Progress progress) {
    if (!root.exists(kBootTablePath) || !uses_systemd_boot(root)) {
        return 0;
    }
    const auto table = read_applied_table(root);
    if (!table) {
        return tl::unexpected(table.error());
    }
    const auto before = read_uki(root, request.uki);
    if (!before) {
        return tl::unexpected(before.error());
    }
    if (std::any_of(before->file.sections.begin(), before->file.sections.end(),
                    [](const PeSection& section) { return section.name == ".profile"; })) {
        return fail("it has profiles already");
    }
    const auto wanted = wanted_uki_layouts(root, **table, *before);
    for (const auto& warning : wanted.warnings) {
        progress(warning);
    }
    if (wanted.profiles.empty()) {
        return 0;
    }
    auto complete = request;
    if (complete.ukify.empty()) {
        if (auto obstacle = find_ukify_obstacle(root); !obstacle.empty()) {
            return fail(std::move(obstacle));
        }
        complete.ukify = find_program(root, kUkify);
    }
    const auto done = build(root, complete, *before, wanted.profiles);
    clear(root, work_beside(request.uki).directory);
    return done ? Result<std::size_t>(wanted.profiles.size()) : tl::unexpected(done.error());
}

}  // namespace early_bind
