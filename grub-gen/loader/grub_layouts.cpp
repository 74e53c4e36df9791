// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_layouts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "grub-gen/loader/entry_set.hpp"
#include "grub-gen/machine_facts.hpp"
#include "grub-gen/menu.hpp"
#include "grub-gen/process.hpp"

namespace early_bind {
namespace {

std::vector<StockEntry> stock_entries(const std::vector<MenuEntry>& entries) {
    std::vector<StockEntry> stock;
    stock.reserve(entries.size());
    for (const auto& entry : entries) {
        stock.push_back({entry.kernel_version, entry.arguments});
    }
    return stock;
}

}  // namespace

std::optional<BootTable> read_table_for_menu(const sysfs::Root& root,
                                             std::vector<std::string>& warnings) {
    const auto warn = [&warnings](std::string_view what) {
        warnings.push_back(fmt::format("{}; leaving the GPU layouts out of the menu", what));
        return std::nullopt;
    };
    const char* other = std::getenv("EARLY_BIND_TABLE");
    Result<std::string> text;
    std::string name;
    if (other != nullptr) {
        name = other;
        const auto slash = name.rfind('/');
        const auto directory = sysfs::Root::open(
            slash == std::string::npos ? "." : name.substr(0, std::max<std::size_t>(slash, 1)));
        text = directory ? directory->read(name.substr(slash + 1), kBootTableLimit)
                         : tl::unexpected(directory.error());
    } else if (root.exists(kBootTablePath)) {
        name = root.outside_path(kBootTablePath);
        text = root.read(kBootTablePath, kBootTableLimit);
    } else {
        return std::nullopt;
    }
    if (!text) {
        return warn(text.error().what);
    }
    auto table = parse_boot_table(*text);
    if (!table) {
        return warn(fmt::format("the boot table {} is damaged: {}", name, table.error().what));
    }
    return std::move(*table);
}

std::string make_grub_layouts(const sysfs::Root& root, const BootTable& table,
                              const std::vector<MenuEntry>& kernels,
                              std::vector<std::string>& warnings) {
    const auto stock = first_of_each_kernel(kernels);
    const auto set = make_entry_set(table, title_gpus(table, Names(root)), read_machine_facts(root),
                                    stock_entries(stock));
    for (const auto& warning : set.warnings) {
        append_once(warnings, warning);
    }
    const auto menu = render_menu(stock, set.layouts);
    for (const auto& warning : menu.warnings) {
        append_once(warnings, warning);
    }
    return menu.text + menu.default_text;
}

std::string checked_script(std::string text, std::vector<std::string>& warnings) {
    if (text.empty()) {
        return text;
    }
    process::Options options;
    options.input = text;
    options.timeout = std::chrono::seconds(30);
    auto outcome = process::run({"grub-script-check"}, options);
    if (!outcome) {
        outcome = process::run({"grub2-script-check"}, options);  // Fedora, openSUSE
    }
    if (!outcome) {
        warnings.push_back(
            fmt::format("cannot check the entries, leaving the GPU layouts out of the menu: {}",
                        outcome.error().what));
        return {};
    }
    if (outcome->status != 0) {
        warnings.emplace_back(
            "grub-script-check refuses the entries, leaving the GPU layouts out of the menu");
        return {};
    }
    return text;
}

}  // namespace early_bind
