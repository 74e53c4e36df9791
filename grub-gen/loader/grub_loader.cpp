// SPDX-License-Identifier: MIT
#include "grub-gen/loader/grub_loader.hpp"

#include <fmt/core.h>

#include "core/profile/boot_table.hpp"
#include "core/sysfs/files.hpp"
#include "core/text.hpp"
#include "grub-gen/difference.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/menu.hpp"
#include "grub-gen/process.hpp"
#include "grub-gen/script_lexer.hpp"
#include "grub-gen/temporary_directory.hpp"

namespace early_bind {
namespace {

/// Fedora's and RHEL's grub-mkconfig changes files of others: it writes the options of all BLS
/// files anew, /etc/kernel/cmdline and variables of the environment block. It can be told not to.
constexpr const char* kLeaveOthers = "--no-grubenv-update";

/// grub-mkconfig with what it needs to change nothing but the menu; empty when the root has none.
std::vector<std::string> mkconfig_command(const sysfs::Root& root, const GrubPlace& place) {
    auto program = find_program(root, place.program("mkconfig"));
    if (program.empty()) {
        return {};
    }
    const auto script = root.read(program.substr(1)).value_or("");
    std::vector<std::string> command = {std::move(program)};
    if (script.find(kLeaveOthers) != std::string::npos) {
        command.emplace_back(kLeaveOthers);
    }
    return command;
}

/// The command that writes the menu; empty when the root has none.
std::vector<std::string> update_command(const sysfs::Root& root, const GrubPlace& place) {
    if (auto program = find_program(root, "update-grub"); !program.empty()) {
        return {std::move(program)};
    }
    auto command = mkconfig_command(root, place);
    if (!command.empty() && root.exists(place.menu())) {
        command.insert(command.end(), {"-o", fmt::format("/{}", place.menu())});
        return command;
    }
    return {};
}

}  // namespace

std::string GrubLoader::menu_path() const {
    return place_.menu();
}

Result<void> GrubLoader::update(Progress progress) const {
    const auto command = update_command(root_, place_);
    if (command.empty()) {
        progress(fmt::format("{} has no {}: no menu is regenerated", root_.outside_path(""),
                             place_.name == "grub" ? "update-grub" : "grub2-mkconfig"));
        return {};
    }
    return run_in_root(root_, command, progress);
}

Result<std::string> GrubLoader::preview(const std::string& table) const {
    const auto command = mkconfig_command(root_, place_);
    if (!root_.is_live() || command.empty() || !root_.exists(place_.menu())) {
        return std::string();
    }
    const auto directory = TemporaryDirectory::make();
    const auto place =
        directory ? sysfs::Root::open(directory->path()) : tl::unexpected(directory.error());
    const auto put =
        place ? sysfs::replace_file(*place, kBootTablePath, table) : tl::unexpected(place.error());
    if (!put) {
        return tl::unexpected(put.error());
    }
    process::Options options;
    options.set = {{"EARLY_BIND_TABLE", place->outside_path(kBootTablePath)}};
    const auto printed = process::run(command, options);
    if (!printed) {
        return tl::unexpected(printed.error());
    }
    if (printed->status != 0) {
        return fail(fmt::format("{} failed with exit status {}: {}", shown(command),
                                printed->status, text::trim(printed->err)));
    }
    return difference(root_, place_.menu(), printed->out, "apply");
}

Result<CurrentMenu> GrubLoader::read_menu() const {
    const auto script = root_.read(place_.menu(), kLargestMenu);
    if (!script) {
        return tl::unexpected(script.error());
    }
    return CurrentMenu{parse_menu(*script), find_timeout(*script)};
}

Result<std::string> GrubLoader::find_entry(const std::string& profile) const {
    const auto menu = read_menu();
    return menu ? Result<std::string>(entry_path(menu->entries, profile))
                : tl::unexpected(menu.error());
}

Result<std::string> GrubLoader::find_obstacle() const {
    auto where = find_unwritable(root_);
    if (where && !where->empty()) {
        where = fmt::format(
            "GRUB cannot write {}, which lies on {}: it would boot the profile "
            "again and again",
            root_.outside_path(place_.environment()), *where);
    }
    return where;
}

Result<void> GrubLoader::set_once(const std::string& entry) const {
    return set_grub_variable(root_, kOnceVariable, entry);
}

Result<void> GrubLoader::set_default(const std::string& profile) const {
    return set_grub_variable(root_, kDefaultVariable, profile);
}

Result<std::string> GrubLoader::current_default() const {
    const auto variables = read_grub_environment(root_);
    if (!variables) {
        return tl::unexpected(variables.error());
    }
    const auto found = variables->find(kDefaultVariable);
    return found != variables->end() ? found->second : std::string();
}

Result<void> GrubLoader::forget_choices() const {
    const auto variables = read_grub_environment(root_);
    if (!variables) {
        return tl::unexpected(variables.error());
    }
    for (const auto& [name, value] : *variables) {
        const bool ours =
            name == kDefaultVariable || (name == kOnceVariable && value.starts_with(kSubmenuId));
        if (!ours) {
            continue;
        }
        if (auto done = set_grub_variable(root_, name, ""); !done) {
            return done;
        }
    }
    return {};
}

std::string entry_path(const ParsedMenu& menu, std::string_view profile) {
    for (const auto& entry : menu.entries) {
        if (entry.id == entry_id(profile, entry.kernel_version)) {
            return fmt::format("{}>{}", kSubmenuId, entry.id);
        }
    }
    return {};
}

MenuTimeout find_timeout(std::string_view script) {
    constexpr std::string_view kStyle = "timeout_style=";
    constexpr std::string_view kSeconds = "timeout=";
    const auto tokens = tokenize_script(script).tokens;
    MenuTimeout timeout;
    bool behind_style = false;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (tokens[i - 1].text != "set") {
            continue;
        }
        const std::string_view word = tokens[i].text;
        if (word.starts_with(kStyle)) {
            timeout.style = word.substr(kStyle.size());
            behind_style = true;
        } else if (word.starts_with(kSeconds) && (behind_style || timeout.style.empty())) {
            timeout.seconds = word.substr(kSeconds.size());
            behind_style = false;
        }
    }
    return timeout;
}

}  // namespace early_bind
