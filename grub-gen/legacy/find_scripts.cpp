// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>

#include "core/pci/gpu.hpp"
#include "core/text.hpp"
#include "grub-gen/legacy/devices.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/shell_line.hpp"

namespace early_bind::legacy {
namespace {

bool has(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
}

/// A script without its comments: `#` at the start of a line and behind blanks.
std::string without_comments(std::string_view text) {
    std::string code;
    for (const auto line : lines_of(text)) {
        const auto start = line.find_first_not_of(" \t");
        if (start == std::string_view::npos || line[start] == '#') {
            continue;
        }
        code += line.substr(0, line.find(" #"));
        code += '\n';
    }
    return code;
}

/// The GPUs that are not the boot display: what scripts that ask for boot_vga mean.
std::vector<pci::Address> other_gpus(const pci::Inventory& inventory) {
    std::vector<pci::Address> found;
    for (const auto& gpu : pci::find_gpus(inventory)) {
        if (!gpu.boot_display && gpu.role != pci::Role::management) {
            found.insert(found.end(), gpu.functions.begin(), gpu.functions.end());
        }
    }
    return each_once(std::move(found));
}

}  // namespace

std::optional<LegacyFinding> find_in_script(std::string_view text,
                                            const pci::Inventory& inventory) {
    const std::string code = without_comments(text);
    const bool names_driver =
        has(code, "vfio-pci") || has(code, "vfio_pci") || has(code, "pci-stub");
    const bool binds =
        has(code, "driver_override") || has(code, "new_id") || has(code, "drivers/vfio-pci/bind");
    if (!names_driver || !binds) {
        return std::nullopt;
    }
    LegacyFinding finding;
    finding.kind = LegacyKind::script;
    finding.effect = LegacyEffect::binds;
    finding.edit = LegacyEdit::set_aside;
    auto meant = devices_by_addresses(code, inventory);
    const auto by_ids = devices_by_ids_in(code, inventory);
    meant.devices.insert(meant.devices.end(), by_ids.begin(), by_ids.end());
    if (meant.devices.empty() && has(code, "boot_vga")) {
        meant.devices = other_gpus(inventory);
    }
    finding.devices = each_once(std::move(meant.devices));
    finding.meaning = finding.devices.empty()
                          ? std::string(
                                "binds devices to vfio-pci by itself; which of this "
                                "machine cannot be told from it")
                          : fmt::format("binds devices to vfio-pci by itself, here {}",
                                        pci::in_words(finding.devices));
    return finding;
}

std::optional<LegacyFinding> find_in_driverctl(std::string_view name, std::string_view text,
                                               const pci::Inventory& inventory) {
    const auto driver = text::trim(text);
    if (!pci::parse_address(name) || !is_vfio_module(module_name(driver))) {
        return std::nullopt;
    }
    LegacyFinding finding;
    finding.kind = LegacyKind::driverctl;
    finding.effect = LegacyEffect::binds;
    finding.edit = LegacyEdit::set_aside;
    finding.text = driver;
    const auto meant = devices_by_addresses(name, inventory);
    finding.devices = meant.devices;
    finding.meaning = binding(meant, driver);
    return finding;
}

Findings find_in_udev_rules(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    bool continued = false;
    for (const auto line : lines_of(text)) {
        ++number;
        const bool is_part = continued || line.ends_with('\\');
        continued = line.ends_with('\\');
        const auto rule = text::trim(line);
        if (rule.starts_with('#') || !(has(rule, "vfio-pci") || has(rule, "vfio_pci")) ||
            !(has(rule, "driver_override") || has(rule, "RUN") || has(rule, "bind"))) {
            continue;
        }
        LegacyFinding finding;
        finding.kind = LegacyKind::udev;
        finding.line = number;
        finding.text = rule;
        finding.effect = LegacyEffect::binds;
        auto devices = devices_by_addresses(rule, inventory).devices;
        // ATTR{vendor}=="0x10de", ATTR{device}=="0x2684"
        for (const auto& function : inventory.functions()) {
            const auto& ids = function.identity.ids;
            if (has(rule, fmt::format("\"0x{:04x}\"", ids.vendor)) &&
                has(rule, fmt::format("\"0x{:04x}\"", ids.device))) {
                devices.push_back(function.address);
            }
        }
        finding.devices = each_once(std::move(devices));
        finding.meaning =
            finding.devices.empty()
                ? std::string(
                      "binds devices to vfio-pci when they appear; which of this machine "
                      "cannot be told from it")
                : fmt::format("binds devices to vfio-pci when they appear, here {}",
                              pci::in_words(finding.devices));
        finding.edit = is_part ? LegacyEdit::none : LegacyEdit::comment_out;
        if (is_part) {
            finding.next = "the rule has several lines: take it out by hand";
        }
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace early_bind::legacy
