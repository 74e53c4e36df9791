// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_include.hpp"

#include <fmt/core.h>

#include "core/sysfs/files.hpp"
#include "grub-gen/loader/bls_entries.hpp"
#include "grub-gen/loader/entry_set.hpp"
#include "grub-gen/loader/grub_layouts.hpp"
#include "grub-gen/loader/grub_place.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

constexpr const char* kHeader =
    "# The GPU layouts of early-bind, made by grub-gen from the BLS files in "
    "/boot/loader/entries.\n"
    "# Written anew when a kernel comes or goes; `grub-gen uninstall` removes it.\n";

constexpr std::string_view kStubMark = "/early-bind.cfg";
constexpr std::size_t kLargestInclude = std::size_t{16} * 1024 * 1024;

/// What goes before the layouts.
std::string preamble(const std::vector<MenuEntry>& entries) {
    std::string text = kHeader;
    for (const auto& name : used_variables(entries)) {
        text += fmt::format("if [ -n \"${{{0}}}\" ]; then\n\texport {0}\nfi\n", name);
    }
    return text + fmt::format(
                      "if [ -n \"${{grub_users}}\" ]; then\n"
                      "\tset {0}=\"--users=${{grub_users}}\"\n"
                      "else\n\tset {0}=--unrestricted\nfi\nexport {0}\n",
                      kUsersVariable);
}

/// The lines that set `root` to the device of /boot; empty when the distribution's function fails.
std::string boot_device_lines() {
    process::Options options;
    options.timeout = std::chrono::seconds(60);
    const auto outcome = process::run({"/bin/sh", "-c",
                                       ". \"${pkgdatadir:-/usr/share/grub}/grub-mkconfig_lib\" && "
                                       "prepare_grub_to_access_device \"$GRUB_DEVICE_BOOT\""},
                                      options);
    return outcome && outcome->status == 0 ? outcome->out : std::string();
}

}  // namespace

std::string make_bls_include(const sysfs::Root& root, const BootTable& table,
                             std::vector<std::string>& warnings) {
    if (!has_layouts(table)) {
        return {};
    }
    const auto stock = read_bls_entries(root);
    for (const auto& warning : stock.warnings) {
        append_once(warnings, warning);
    }
    if (stock.entries.empty()) {
        append_once(warnings,
                    fmt::format("{} has no kernels, leaving the GPU layouts out of the menu",
                                root.outside_path(kBlsDirectory)));
        return {};
    }
    const auto layouts = make_grub_layouts(root, table, stock.entries, warnings);
    return layouts.empty() ? layouts : checked_script(preamble(stock.entries) + layouts, warnings);
}

Result<void> write_bls_include(const sysfs::Root& root, const BootTable& table,
                               std::vector<std::string>& warnings) {
    const auto path = find_grub(root).include();
    const auto text = make_bls_include(root, table, warnings);
    if (text.empty()) {
        return sysfs::remove(root, path);
    }
    const bool same = root.exists(path) && root.read(path, kLargestInclude).value_or("") == text;
    return same ? Result<void>() : sysfs::replace_file(root, path, text);
}

std::string include_stub() {
    return fmt::format(
        "set early_bind_root=\"${{root}}\"\n{}set {}=\"${{root}}\"\nexport {}\n"
        "set root=\"${{early_bind_root}}\"\n"
        "if [ -f \"${{config_directory}}{}\" ]; then\n"
        "\tsource \"${{config_directory}}{}\"\n"
        "elif [ -z \"${{config_directory}}\" -a -f \"${{prefix}}{}\" ]; then\n"
        "\tsource \"${{prefix}}{}\"\nfi\n",
        boot_device_lines(), kBootVariable, kBootVariable, kStubMark, kStubMark, kStubMark,
        kStubMark);
}

bool has_include_stub(std::string_view menu) {
    return menu.find(kStubMark) != std::string_view::npos;
}

}  // namespace early_bind
