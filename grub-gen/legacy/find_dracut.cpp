// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/legacy/devices.hpp"
#include "grub-gen/legacy/parsers.hpp"
#include "grub-gen/legacy/shell_line.hpp"

namespace early_bind::legacy {
namespace {

/// What a word of a dracut variable means; nothing when it is none of ours to judge.
std::optional<LegacyFinding> judge(std::string_view variable, std::string_view word,
                                   const pci::Inventory& inventory) {
    if (variable == "kernel_cmdline") {
        return judge_word(word, inventory);
    }
    LegacyFinding finding;
    finding.text = word;
    finding.edit = LegacyEdit::remove_words;
    const std::string module = module_name(word);
    if ((variable == "force_drivers" || variable == "add_drivers" || variable == "drivers") &&
        is_vfio_module(module)) {
        finding.effect = LegacyEffect::loads;
        finding.meaning = variable == "force_drivers"
                              ? fmt::format("loads {} in the initramfs before udev", word)
                              : fmt::format("puts {} into the initramfs", word);
        return finding;
    }
    if (variable == "omit_drivers" && is_host_driver(module)) {
        finding.effect = LegacyEffect::blocks;
        finding.drivers = {module};
        finding.devices = devices_of_driver(module, inventory);
        finding.meaning = fmt::format("leaves {} out of the initramfs", word);
        return finding;
    }
    if (variable == "install_items" && word.find("vfio") != std::string_view::npos) {
        finding.effect = LegacyEffect::loads;
        finding.meaning = "puts a file for binding devices into the initramfs";
        return finding;
    }
    return std::nullopt;
}

}  // namespace

Findings find_in_dracut(std::string_view text, const pci::Inventory& inventory) {
    Findings findings;
    unsigned number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto assignment = parse_assignment(line);
        if (!assignment) {
            continue;
        }
        Findings of_line;
        for (const auto word : assignment->words) {
            if (auto finding = judge(assignment->name, word, inventory)) {
                finding->kind = LegacyKind::dracut;
                finding->line = number;
                if (!assignment->plain) {
                    finding->edit = LegacyEdit::none;
                    finding->next = kNotPlain;
                }
                of_line.push_back(std::move(*finding));
            }
        }
        // A line with nothing else in it goes as a whole.
        if (of_line.size() == assignment->words.size() && assignment->plain) {
            for (auto& finding : of_line) {
                finding.edit = LegacyEdit::comment_out;
            }
        }
        findings.insert(findings.end(), of_line.begin(), of_line.end());
    }
    return findings;
}

}  // namespace early_bind::legacy
