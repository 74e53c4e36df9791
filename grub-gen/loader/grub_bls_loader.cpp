// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_bls_loader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/profile/boot_table.hpp"
#include "core/sysfs/files.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/loader/applied_table.hpp"
#include "grub-gen/loader/bls_entries.hpp"
#include "grub-gen/loader/bls_include.hpp"

namespace early_bind {
namespace {

/// The layouts in an include. Where the name of a kernel's file does not tell its version, it is
/// that of the stock entry with this file.
ParsedMenu read_layouts(std::string_view include, const std::vector<MenuEntry>& stock) {
    constexpr std::string_view kUnknown = "unknown";
    auto menu = parse_menu(include, kUnknown);
    for (auto& layout : menu.entries) {
        const auto same = std::find_if(
            stock.begin(), stock.end(),
            [&layout](const MenuEntry& entry) { return entry.kernel_file == layout.kernel_file; });
        if (layout.kernel_version == kUnknown && same != stock.end()) {
            layout.kernel_version = same->kernel_version;
        }
    }
    return menu;
}

}  // namespace

Result<void> GrubBlsLoader::update(Progress progress) const {
    const auto applied = read_applied_table(root());
    if (!applied) {
        return tl::unexpected(applied.error());
    }
    const auto table = applied->value_or(BootTable());  // without profiles it has nothing to show
    std::vector<std::string> warnings;
    auto written = write_bls_include(root(), table, warnings);
    for (const auto& warning : warnings) {
        progress(fmt::format("warning: {}", warning));
    }
    if (!written) {
        return written;
    }
    const bool wanted = root().exists(place().include());
    progress(fmt::format("{} {}", root().outside_path(place().include()),
                         wanted ? "has the GPU layouts" : "is not there"));
    const bool sourced = has_include_stub(root().read(place().menu(), kLargestMenu).value_or(""));
    return sourced == wanted ? Result<void>() : GrubLoader::update(progress);
}

Result<std::string> GrubBlsLoader::preview(const std::string& table) const {
    const auto parsed = parse_boot_table(table);
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    std::vector<std::string> warnings;
    const auto text = make_bls_include(root(), *parsed, warnings);
    const auto include = difference(root(), place().include(), text, "apply");
    const auto menu = include ? GrubLoader::preview(table) : include;
    return menu ? Result<std::string>(*include + *menu) : menu;
}

Result<CurrentMenu> GrubBlsLoader::read_menu() const {
    auto menu = GrubLoader::read_menu();
    if (!menu) {
        return menu;
    }
    auto stock = read_bls_entries(root());
    const bool sourced = has_include_stub(root().read(place().menu(), kLargestMenu).value_or(""));
    auto ours =
        sourced && root().exists(place().include())
            ? read_layouts(root().read(place().include(), kLargestMenu).value_or(""), stock.entries)
            : ParsedMenu();
    for (auto* part : {&stock, &ours}) {
        auto& entries = menu->entries.entries;
        entries.insert(entries.end(), part->entries.begin(), part->entries.end());
    }
    return menu;
}

}  // namespace early_bind
