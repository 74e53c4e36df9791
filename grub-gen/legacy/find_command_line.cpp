// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"
#include "grub-gen/legacy/devices.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/shell_line.hpp"

namespace early_bind::legacy {
namespace {

/// The names of a list that commas part.
std::vector<std::string> list_of(std::string_view value) {
    std::vector<std::string> modules;
    for (const auto piece : text::split(value, ',')) {
        if (!piece.empty()) {
            modules.emplace_back(piece);
        }
    }
    return modules;
}

void bind(LegacyFinding& finding, const Meant& meant, std::string_view driver) {
    finding.effect = LegacyEffect::binds;
    finding.meaning = binding(meant, driver);
    finding.devices = meant.devices;
}

/// A list of modules where only some are ours stays: the word would have to be written anew.
void edit_if(LegacyFinding& finding, bool all) {
    finding.edit = all ? LegacyEdit::remove_words : LegacyEdit::none;
    if (!all) {
        finding.next = "it names other modules as well: take ours out of it by hand";
    }
}

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [key](std::string_view name) { return same_key(key, name); });
}

std::optional<LegacyFinding> judge_loading(LegacyFinding finding,
                                           const std::vector<std::string>& modules) {
    const auto is_ours = [](const std::string& name) { return is_vfio_module(module_name(name)); };
    if (std::none_of(modules.begin(), modules.end(), is_ours)) {
        return std::nullopt;
    }
    finding.effect = LegacyEffect::loads;
    finding.meaning = fmt::format("loads {} before other drivers", text::join_words(modules));
    edit_if(finding, std::all_of(modules.begin(), modules.end(), is_ours));
    return finding;
}

std::optional<LegacyFinding> judge_blocking(LegacyFinding finding,
                                            const std::vector<std::string>& modules,
                                            const pci::Inventory& inventory) {
    for (const auto& name : modules) {
        const std::string module = module_name(name);
        if (is_host_driver(module)) {
            finding.drivers.push_back(module);
            const auto devices = devices_of_driver(module, inventory);
            finding.devices.insert(finding.devices.end(), devices.begin(), devices.end());
        }
    }
    if (finding.drivers.empty()) {
        return std::nullopt;
    }
    finding.effect = LegacyEffect::blocks;
    finding.devices = each_once(std::move(finding.devices));
    finding.meaning = blocking(finding.drivers, finding.devices);
    edit_if(finding, finding.drivers.size() == modules.size());
    return finding;
}

}  // namespace

std::optional<LegacyFinding> judge_word(std::string_view word, const pci::Inventory& inventory) {
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    const auto value =
        equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    LegacyFinding finding;
    finding.kind = LegacyKind::command_line;
    finding.text = word;
    finding.edit = LegacyEdit::remove_words;
    if (same_key(key, "vfio-pci.ids")) {
        bind(finding, devices_by_ids(value, inventory), "vfio-pci");
        return finding;
    }
    if (same_key(key, "pci-stub.ids")) {
        bind(finding, devices_by_ids(value, inventory), "pci-stub");
        return finding;
    }
    if (is_one_of(key, {"xen-pciback.hide", "pciback.hide"})) {
        bind(finding, devices_by_addresses(value, inventory), "xen-pciback");
        return finding;
    }
    if (is_one_of(key, {"vfio-pci.disable_vga", "vfio-pci.disable_idle_d3"})) {
        finding.effect = LegacyEffect::options;
        const bool on = equals == std::string_view::npos || is_true(value);
        (same_key(key, "vfio-pci.disable_vga") ? finding.disable_vga : finding.disable_idle_d3) =
            on;
        finding.meaning = "sets an option of vfio-pci for every boot";
        return finding;
    }
    if (is_one_of(key, {"rd.driver.pre", "rdloaddriver", "modules-load", "rd.modules-load"})) {
        return judge_loading(std::move(finding), list_of(value));
    }
    if (is_one_of(key, {"modprobe.blacklist", "module_blacklist", "rd.driver.blacklist",
                        "rdblacklist"})) {
        return judge_blocking(std::move(finding), list_of(value), inventory);
    }
    return std::nullopt;
}

Findings find_in_grub_defaults(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    bool continued = false;
    char quote = '\0';  // that ends the value that goes on
    for (const auto line : lines_of(text)) {
        ++number;
        const auto assignment = continued ? std::nullopt : parse_assignment(line);
        const bool is_value = assignment && (assignment->name.starts_with("GRUB_CMDLINE_LINUX") ||
                                             assignment->name.starts_with("GRUB_CMDLINE_XEN"));
        if (!is_value && !continued) {
            continue;
        }
        const bool plain = assignment && assignment->plain;
        // Lines that continue a value are read word by word; the quote that ends it is no word.
        for (auto word : continued ? words_of(line) : assignment->words) {
            word = word.substr(0, word.find_first_of("\"'"));
            auto finding = judge_word(word, inventory);
            if (!finding) {
                continue;
            }
            finding->line = number;
            if (!plain) {
                finding->edit = LegacyEdit::none;
                finding->next = kNotPlain;
            }
            findings.push_back(std::move(*finding));
        }
        quote = continued ? quote : assignment->open_quote;
        const bool closed =
            continued && quote != '\0' && line.find(quote) != std::string_view::npos;
        continued = (quote != '\0' && !closed) || line.ends_with('\\');
    }
    return findings;
}

Findings find_in_command_line(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        for (const auto& argument : parse_command_line(line)) {
            const std::string word =
                argument.value ? fmt::format("{}={}", argument.key, *argument.value) : argument.key;
            if (auto finding = judge_word(word, inventory)) {
                finding->line = number;
                findings.push_back(std::move(*finding));
            }
        }
    }
    return findings;
}

Findings find_in_grub_script(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        for (auto word : words_of(line)) {
            const auto quotes = [](char c) { return c == '"' || c == '\''; };
            while (!word.empty() && quotes(word.front())) {
                word.remove_prefix(1);
            }
            while (!word.empty() && quotes(word.back())) {
                word.remove_suffix(1);
            }
            auto finding = judge_word(word, inventory);
            if (finding) {
                finding->kind = LegacyKind::grub_entry;
                finding->line = number;
                finding->edit = LegacyEdit::none;
                finding->next =
                    "delete this entry by hand when a profile of ours serves in its place";
                findings.push_back(std::move(*finding));
            }
        }
    }
    return findings;
}

}  // namespace early_bind::legacy
