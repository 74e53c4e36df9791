// SPDX-License-Identifier: MIT
#include "grub-gen/setup/draft.hpp"

#include <fmt/core.h>

#include "grub-gen/setup/write.hpp"

namespace early_bind::setup {
namespace {

/// The message without "FILE: line L, column C: ", which would be a place in a text that nobody has
/// seen.
std::string without_place(const sysfs::Root& root, const std::string& what) {
    const auto file = root.outside_path(kConfigPath) + ": ";
    const auto column = what.find(", column ");
    const auto end = column == std::string::npos ? column : what.find(": ", column);
    return what.starts_with(file + "line ") && end != std::string::npos ? what.substr(end + 2)
                                                                        : what;
}

/// What toml_edit says about the file, with the file's name; other errors as they are.
tl::unexpected<Error> about_file(const sysfs::Root& root, const Error& error) {
    return fail(error.what.starts_with("line ")
                    ? fmt::format("{}: {}", root.outside_path(kConfigPath), error.what)
                    : error.what);
}

}  // namespace

Result<Draft> make_draft(const sysfs::Root& root, const std::optional<std::string>& before,
                         const Answers& answers) {
    const std::string start = before ? *before : new_file_head();
    const auto plain = [&root](const Error& error) {
        return fail(without_place(root, error.what));
    };
    const auto now = look_at(root, start);
    if (!now) {
        return tl::unexpected(now.error());  // about what is in the file
    }
    Draft draft;
    if (answers.host_only) {
        for (const auto& profile : gone_profiles(*now, *answers.host_only)) {
            draft.notes.push_back(fmt::format(
                "this machine has no profile {} then; its settings become comments", profile));
        }
    }
    auto text = with_devices(start, *now, answers);
    if (!text) {
        return about_file(root, text.error());
    }
    const auto next = look_at(root, *text);
    if (!next) {
        return plain(next.error());
    }
    text = with_resources(std::move(*text), *next, answers);
    if (!text) {
        return about_file(root, text.error());
    }
    auto machine = look_at(root, *text);
    if (!machine) {
        return plain(machine.error());
    }
    draft.machine = std::move(*machine);
    draft.text = !before && *text == start ? std::string() : std::move(*text);
    return draft;
}

}  // namespace early_bind::setup
