// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/take_over.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/legacy/edit.hpp"
#include "grub-gen/legacy/find.hpp"
#include "grub-gen/toml_edit.hpp"

namespace early_bind {
namespace {

/// The paths of the files to be changed, in the order of the findings.
std::vector<std::string> paths_to_change(const std::vector<LegacyFinding>& findings) {
    std::vector<std::string> paths;
    for (const auto& finding : findings) {
        if (finding.edit != LegacyEdit::none &&
            std::find(paths.begin(), paths.end(), finding.path) == paths.end()) {
            paths.push_back(finding.path);
        }
    }
    return paths;
}

Result<std::vector<FileChange>> changes_of(const sysfs::Root& root,
                                           const std::vector<LegacyFinding>& findings) {
    std::vector<FileChange> changes;
    for (const auto& path : paths_to_change(findings)) {
        auto before = root.read(path);
        if (!before) {
            return tl::unexpected(before.error());
        }
        std::vector<LegacyFinding> here;
        std::copy_if(findings.begin(), findings.end(), std::back_inserter(here),
                     [&path](const LegacyFinding& finding) { return finding.path == path; });
        const bool aside = std::any_of(here.begin(), here.end(), [](const LegacyFinding& finding) {
            return finding.edit == LegacyEdit::set_aside;
        });
        const auto after = aside ? std::nullopt : std::optional(legacy::edited(*before, here));
        if (after != *before) {
            changes.push_back({path, std::move(*before), after});
        }
    }
    return changes;
}

std::string function_name(const Machine& machine, const pci::Address& address) {
    const auto& identity = machine.inventory.find(address)->identity;
    return machine.names->function_name(identity.ids, identity.class_code);
}

/// The configuration's text with what the proposal adds, and the lines that say so.
Result<std::string> extended_config(const Machine& machine, const Proposal& proposal,
                                    std::string text, std::vector<std::string>& lines) {
    for (const auto& one : proposal.statics) {
        const std::string name = function_name(machine, one.address);
        auto edited =
            toml_edit::add_to_list(text, {}, "static", toml_edit::quoted(one.selector), name);
        if (!edited) {
            return edited;
        }
        text = std::move(*edited);
        lines.push_back(fmt::format("static \"{}\"  # {}", one.selector, name));
    }
    for (const auto& profile : proposal.profiles) {
        const auto set = [&](bool wanted, const char* key) -> Result<void> {
            if (!wanted) {
                return {};
            }
            auto edited = toml_edit::set_key(text, {"profile", profile}, key, "true");
            if (!edited) {
                return tl::unexpected(edited.error());
            }
            if (*edited != text) {
                lines.push_back(fmt::format("{} = true for {}", key, profile));
            }
            text = std::move(*edited);
            return {};
        };
        for (const auto& [wanted, key] : {std::pair{proposal.disable_idle_d3, "disable_idle_d3"},
                                          std::pair{proposal.disable_vga, "disable_vga"}}) {
            if (const auto done = set(wanted, key); !done) {
                return tl::unexpected(done.error());
            }
        }
    }
    return text;
}

/// The change of the configuration; nothing when it stays as it is.
Result<std::optional<FileChange>> config_change(const sysfs::Root& root, const Machine& machine,
                                                const Proposal& proposal,
                                                std::vector<std::string>& lines) {
    std::optional<std::string> before;
    if (root.exists(kConfigPath)) {
        auto text = root.read(kConfigPath);
        if (!text) {
            return tl::unexpected(text.error());
        }
        before = std::move(*text);
    }
    const auto after = extended_config(machine, proposal, before.value_or(""), lines);
    if (!after) {
        return fail(fmt::format("{}: {}", root.outside_path(kConfigPath), after.error().what));
    }
    if (const auto accepted = look_at(root, *after); !accepted) {
        return tl::unexpected(accepted.error());
    }
    if (*after == before.value_or("")) {
        return std::nullopt;
    }
    return FileChange{kConfigPath, before, *after};
}

const Profile* find_profile(const Machine& machine, const std::string& name) {
    const auto found =
        std::find_if(machine.profiles.begin(), machine.profiles.end(),
                     [&name](const Profile& profile) { return profile.name == name; });
    return found == machine.profiles.end() ? nullptr : &*found;
}

std::string row(const char* label, const std::string& text) {
    return fmt::format("    {:<10} {}\n", label, text);
}

std::string render_proposal(const Machine& machine, const TakeOver& take_over) {
    std::string out;
    for (const auto& gpu : machine.gpus) {
        const auto& passed = take_over.proposal.gpus;
        if (std::find(passed.begin(), passed.end(), gpu.address) != passed.end()) {
            out += row("passes",
                       fmt::format("{} ({})", to_string(gpu.address), machine.gpu_name(gpu)));
        }
    }
    for (const auto& name : take_over.proposal.profiles) {
        const auto* profile = find_profile(machine, name);
        out +=
            row("profile",
                profile == nullptr ? name : fmt::format("{}: {}", name, machine.title(*profile)));
    }
    for (const auto& line : take_over.config_lines) {
        out += row("new", line);
    }
    for (const auto& note : take_over.proposal.notes) {
        out += row("note", note);
    }
    return out.empty() ? row("nothing", "no device of this machine is bound by it") : out;
}

}  // namespace

Result<TakeOver> plan_take_over(const sysfs::Root& root, const Machine& machine) {
    TakeOver take_over;
    take_over.findings = find_legacy(root, machine.inventory);
    take_over.proposal = translate(take_over.findings, machine.inventory, machine.gpus,
                                   machine.choices, machine.profiles);
    auto changes = changes_of(root, take_over.findings);
    if (!changes) {
        return tl::unexpected(changes.error());
    }
    take_over.changes = std::move(*changes);
    if (take_over.proposal.changes_config()) {
        auto change = config_change(root, machine, take_over.proposal, take_over.config_lines);
        if (!change) {
            return tl::unexpected(change.error());
        }
        if (*change) {
            take_over.changes.push_back(std::move(**change));
        }
    }
    return take_over;
}

std::string render_take_over(const sysfs::Root& root, const Machine& machine,
                             const TakeOver& take_over) {
    if (take_over.findings.empty()) {
        return "Earlier set-ups: none\n";
    }
    std::string out = fmt::format("Earlier set-ups: {}\n", take_over.findings.size());
    for (const auto& finding : take_over.findings) {
        out += fmt::format("\n{}\n", text::printable(root.outside_path(place_of(finding))));
        if (!finding.text.empty()) {
            out += row("says", text::printable(finding.text));
        }
        out += row("does", text::printable(finding.meaning));
        out += row("then", fate_of(finding));
    }
    out += "\nIn the words of early-bind:\n\n";
    return out + render_proposal(machine, take_over);
}

}  // namespace early_bind
