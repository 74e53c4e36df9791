// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/legacy/devices.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/shell_line.hpp"

namespace early_bind::legacy {
namespace {

using Words = std::vector<std::string_view>;

/// A line of modprobe.d with the lines that a backslash at its end adds to it.
struct LogicalLine {
    unsigned number = 0;
    unsigned count = 0;
    std::string text;
};

std::vector<LogicalLine> logical_lines(std::string_view text) {
    std::vector<LogicalLine> lines;
    bool continued = false;
    unsigned number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        if (!continued) {
            lines.push_back({number, 0, ""});
        }
        auto& logical = lines.back();
        ++logical.count;
        continued = line.ends_with('\\');
        logical.text += continued ? line.substr(0, line.size() - 1) : line;
    }
    return lines;
}

void judge_options(const Words& words, std::size_t first, std::string_view module,
                   const pci::Inventory& inventory, LegacyFinding& finding) {
    const std::string driver = module == "vfio_pci"   ? "vfio-pci"
                               : module == "pci_stub" ? "pci-stub"
                                                      : "xen-pciback";
    finding.effect = LegacyEffect::options;
    finding.meaning = fmt::format("sets an option of {} for every boot", driver);
    for (std::size_t i = first; i < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const auto key = module_name(words[i].substr(0, equals));
        const auto value =
            equals == std::string_view::npos ? std::string_view("1") : words[i].substr(equals + 1);
        if (key == "ids" || key == "hide") {
            const auto meant = key == "ids" ? devices_by_ids(value, inventory)
                                            : devices_by_addresses(value, inventory);
            finding.effect = LegacyEffect::binds;
            finding.devices = meant.devices;
            finding.meaning = binding(meant, driver);
        } else if (key == "disable_vga") {
            finding.disable_vga = is_true(value);
        } else if (key == "disable_idle_d3") {
            finding.disable_idle_d3 = is_true(value);
        }
    }
}

bool mentions_vfio(const Words& words, std::size_t first) {
    return std::any_of(words.begin() + static_cast<std::ptrdiff_t>(std::min(first, words.size())),
                       words.end(),
                       [](std::string_view word) { return is_vfio_module(module_name(word)); });
}

bool block(std::string_view module, const pci::Inventory& inventory, LegacyFinding& finding) {
    if (!is_host_driver(module)) {
        return false;
    }
    finding.effect = LegacyEffect::blocks;
    finding.drivers = {std::string(module)};
    finding.devices = devices_of_driver(module, inventory);
    finding.meaning = blocking(finding.drivers, finding.devices);
    return true;
}

bool judge_softdep(const Words& words, LegacyFinding& finding) {
    const std::string module = module_name(words[1]);
    const bool is_ours = is_vfio_module(module);
    if (!is_ours && !mentions_vfio(words, 2)) {
        return false;
    }
    finding.effect = LegacyEffect::loads;
    finding.meaning = is_ours ? fmt::format("orders other modules around {}", words[1])
                              : fmt::format(
                                    "loads vfio-pci before {}, so that it takes its "
                                    "devices first",
                                    words[1]);
    return true;
}

/// `install MODULE COMMAND`: a script in vfio-pci's place, or nothing in a driver's place.
bool judge_install(const Words& words, const std::string& line, const pci::Inventory& inventory,
                   LegacyFinding& finding) {
    const std::string module = module_name(words[1]);
    if (is_vfio_module(module)) {
        finding.effect = LegacyEffect::loads;
        finding.meaning = fmt::format("runs a command of its own whenever {} is loaded", words[1]);
        return true;
    }
    const bool nothing = words.size() > 2 && (words[2].ends_with("/true") || words[2] == "true" ||
                                              words[2].ends_with("/false") || words[2] == "false");
    if (nothing) {
        return block(module, inventory, finding);
    }
    if (is_host_driver(module) && line.find("vfio") != std::string::npos) {
        finding.effect = LegacyEffect::loads;
        finding.meaning = fmt::format("runs a command for vfio-pci before {} is loaded", words[1]);
        return true;
    }
    return false;
}

/// `alias pci:v000010DEd00001B80sv*sd*bc*sc*i* vfio-pci`.
bool judge_alias(const Words& words, const pci::Inventory& inventory, LegacyFinding& finding) {
    constexpr std::string_view kForm = "pci:v0000VVVVd0000DDDD";
    if (words.size() < 3 || !is_vfio_module(module_name(words[2])) ||
        !words[1].starts_with("pci:v0000") || words[1].size() < kForm.size()) {
        return false;
    }
    const auto ids =
        text::lower_case(fmt::format("{}:{}", words[1].substr(9, 4), words[1].substr(18, 4)));
    const auto meant = devices_by_ids(ids, inventory);
    finding.effect = LegacyEffect::binds;
    finding.devices = meant.devices;
    finding.meaning = binding(meant, words[2]);
    return true;
}

bool judge(const std::string& line, const pci::Inventory& inventory, LegacyFinding& finding) {
    const auto words = words_of(line);
    if (words.size() < 2) {
        return false;
    }
    const std::string module = module_name(words[1]);
    if (words[0] == "options" && words.size() > 2 &&
        (module == "vfio_pci" || module == "pci_stub" || module == "xen_pciback" ||
         module == "pciback")) {
        judge_options(words, 2, module, inventory, finding);
        return true;
    }
    if (words[0] == "softdep") {
        return judge_softdep(words, finding);
    }
    if (words[0] == "blacklist") {
        return block(module, inventory, finding);
    }
    if (words[0] == "install") {
        return judge_install(words, line, inventory, finding);
    }
    return words[0] == "alias" && judge_alias(words, inventory, finding);
}

}  // namespace

Findings find_in_modprobe(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    for (const auto& line : logical_lines(text)) {
        LegacyFinding finding;
        if (judge(line.text, inventory, finding)) {
            finding.kind = LegacyKind::modprobe;
            finding.line = line.number;
            finding.line_count = line.count;
            finding.text = text::trim(line.text);
            finding.edit = LegacyEdit::comment_out;
            findings.push_back(std::move(finding));
        }
    }
    return findings;
}

Findings find_in_module_list(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto words = words_of(line);
        // `softdep nvidia pre: vfio-pci` is read by nobody here, and found in many guides.
        if (words.empty() || !mentions_vfio(words, 0)) {
            continue;
        }
        LegacyFinding finding;
        finding.kind = LegacyKind::module_list;
        finding.line = number;
        finding.text = text::trim(line);
        finding.edit = LegacyEdit::comment_out;
        finding.effect = LegacyEffect::loads;
        finding.meaning = fmt::format("loads {} in every boot", words[0]);
        const std::string module = module_name(words[0]);
        if (!is_vfio_module(module)) {
            finding.meaning = "was meant to load vfio-pci, and does nothing here";
        } else if (words.size() > 1 && (module == "vfio_pci" || module == "pci_stub")) {
            judge_options(words, 1, module, inventory, finding);
        }
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace early_bind::legacy
