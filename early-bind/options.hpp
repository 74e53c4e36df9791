// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan/plan.hpp"
#include "core/result.hpp"

namespace early_bind {

enum class BootCommand {
    boot,
    plan,
    status,
    late,
    complete,
    confirm,
    host,  ///< one of the booted system's, which early-bind-host carries out
    help,
    version,
};

/// The command line of the program early-bind.
struct Options {
    BootCommand command = BootCommand::help;
    std::string sysroot = "/";
    std::optional<std::string> profile;
    std::optional<std::string> keep;
    bool json = false;
};

/// Parses the words after the program's name. Errors name the word and say what is right. Of a
/// command of the booted system only the command is read: its words are early-bind-host's.
[[nodiscard]] Result<Options> parse_options(const std::vector<std::string>& words);

extern const std::string_view kHelp;

[[nodiscard]] std::string version_line();

/// The plan for people: what would be done, or why nothing would be.
[[nodiscard]] std::string render_plan(const Plan& plan);

}  // namespace early_bind
