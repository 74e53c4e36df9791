// SPDX-License-Identifier: MIT
#include "grub-gen/entries.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "grub-gen/distribution_entries.hpp"
#include "grub-gen/loader/bls_include.hpp"
#include "grub-gen/loader/entry_set.hpp"
#include "grub-gen/loader/grub_layouts.hpp"
#include "grub-gen/loader/grub_place.hpp"

namespace early_bind {
namespace {

/// The include file is brought in step, but for a table that is only looked at, and what sources it
/// is printed.
void make_include(const sysfs::Root& root, const BootTable& table, Entries& result) {
    if (std::getenv("EARLY_BIND_TABLE") == nullptr) {
        const auto written = write_bls_include(root, table, result.warnings);
        if (!written) {
            append_once(result.warnings, written.error().what);
            return;
        }
    }
    result.out = checked_script(include_stub(), result.warnings);
}

}  // namespace

Entries make_entries(const sysfs::Root& root) {
    Entries result;
    const auto table = read_table_for_menu(root, result.warnings);
    if (!table || !has_layouts(*table)) {
        return result;
    }
    if (std::getenv("GRUB_DEVICE") == nullptr) {
        result.warnings.push_back(
            fmt::format("the entries can be made by grub-mkconfig only: call {}",
                        find_grub(root).name == "grub" ? "update-grub" : "grub2-mkconfig"));
        return result;
    }
    if (uses_bls(root)) {
        make_include(root, *table, result);
        return result;
    }
    const auto distribution = read_distribution_entries(root);
    const auto stock = parse_menu(distribution.script);
    for (const auto* warnings : {&distribution.warnings, &stock.warnings}) {
        for (const auto& warning : *warnings) {
            append_once(result.warnings, warning);
        }
    }
    if (stock.entries.empty()) {
        result.warnings.emplace_back(
            "the distribution's 10_linux shows no kernels, leaving the GPU layouts out of the "
            "menu");
        return result;
    }
    result.out = checked_script(make_grub_layouts(root, *table, stock.entries, result.warnings),
                                result.warnings);
    return result;
}

}  // namespace early_bind
