// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind {

/// One word of the kernel command line: `key` or `key=value`.
struct Argument {
    std::string key;
    std::optional<std::string> value;
};

/// Cuts a kernel command line into words as the kernel does (lib/cmdline.c, next_arg()): blanks
/// part words, double quotes keep blanks and are taken off around a value or a whole word, and a
/// lone `--` ends the kernel's part.
[[nodiscard]] std::vector<Argument> parse_command_line(std::string_view text);

/// Whether two keys are the same to the kernel: `-` equals `_` (kernel/params.c, parameq()).
[[nodiscard]] bool same_key(std::string_view a, std::string_view b);

/// The value of the last word with this key, nothing when there is no such word or it has no value.
[[nodiscard]] std::optional<std::string> last_value(const std::vector<Argument>& arguments,
                                                    std::string_view key);

/// What the command line asks of early-bind.
struct Tokens {
    std::optional<std::string> profile;  ///< early-bind.profile=NAME, the name unchecked
    std::optional<std::string> keep;     ///< early-bind.keep=SELECTOR, wins over the profile
    std::string revision;                ///< early-bind.rev=XXXXXXXX, empty when not given
    bool off = false;                    ///< early-bind.off, wins over all
    bool dry_run = false;                ///< early-bind.dry-run
    bool debug = false;                  ///< early-bind.debug
    bool quiet = false;                  ///< the kernel's own `quiet`
    bool repeated = false;  ///< early-bind.profile was given more than once with other names
    std::vector<std::string> unknown;  ///< early-bind.* words that nobody knows
};

/// Reads our tokens; the last one wins.
[[nodiscard]] Tokens parse_tokens(std::string_view command_line);

}  // namespace early_bind
