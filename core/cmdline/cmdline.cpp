// SPDX-License-Identifier: MIT
#include "core/cmdline/cmdline.hpp"

#include <algorithm>

namespace early_bind {
namespace {

constexpr std::string_view kPrefix = "early-bind.";

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

Argument parse_word(std::string_view word) {
    // The kernel takes a quote off at the start of the word (then the closing one at its end), or
    // at the start of the value.
    bool quoted = false;
    if (word.starts_with('"')) {
        word.remove_prefix(1);
        quoted = true;
    }
    const auto equals = word.find('=');
    Argument argument;
    if (equals == std::string_view::npos) {
        if (quoted && word.ends_with('"')) {
            word.remove_suffix(1);
        }
        argument.key = word;
        return argument;
    }
    argument.key = word.substr(0, equals);
    auto value = word.substr(equals + 1);
    if (value.starts_with('"')) {
        value.remove_prefix(1);
        quoted = true;
    }
    if (quoted && value.ends_with('"')) {
        value.remove_suffix(1);
    }
    argument.value = std::string(value);
    return argument;
}

/// early-bind.off and the like: given alone or with a value that is no refusal.
bool is_switched_on(const Argument& argument) {
    return !argument.value || (*argument.value != "0" && *argument.value != "no" &&
                               *argument.value != "off" && *argument.value != "n");
}

}  // namespace

std::vector<Argument> parse_command_line(std::string_view text) {
    std::vector<Argument> arguments;
    std::size_t i = 0;
    while (i < text.size()) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        const std::size_t start = i;
        bool in_quote = false;
        for (; i < text.size() && (in_quote || !is_blank(text[i])); ++i) {
            in_quote = in_quote != (text[i] == '"');
        }
        const auto word = text.substr(start, i - start);
        if (word == "--") {
            break;
        }
        arguments.push_back(parse_word(word));
    }
    return arguments;
}

bool same_key(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x == '-' ? '_' : x) == (y == '-' ? '_' : y); });
}

std::optional<std::string> last_value(const std::vector<Argument>& arguments,
                                      std::string_view key) {
    const auto found =
        std::find_if(arguments.rbegin(), arguments.rend(),
                     [key](const Argument& argument) { return same_key(argument.key, key); });
    return found == arguments.rend() ? std::nullopt : found->value;
}

Tokens parse_tokens(std::string_view command_line) {
    Tokens tokens;
    for (const auto& argument : parse_command_line(command_line)) {
        if (argument.key == "quiet") {
            tokens.quiet = true;
            continue;
        }
        if (argument.key.size() < kPrefix.size() ||
            !same_key(std::string_view(argument.key).substr(0, kPrefix.size()), kPrefix)) {
            continue;
        }
        const auto name = std::string_view(argument.key).substr(kPrefix.size());
        if (name == "profile") {
            const std::string value = argument.value.value_or("");
            tokens.repeated = tokens.repeated || (tokens.profile && *tokens.profile != value);
            tokens.profile = value;
        } else if (name == "keep") {
            tokens.keep = argument.value.value_or("");
        } else if (name == "rev") {
            tokens.revision = argument.value.value_or("");
        } else if (name == "off") {
            tokens.off = is_switched_on(argument);
        } else if (same_key(name, "dry-run")) {
            tokens.dry_run = is_switched_on(argument);
        } else if (name == "debug") {
            tokens.debug = is_switched_on(argument);
        } else {
            tokens.unknown.push_back(argument.key);
        }
    }
    return tokens;
}

}  // namespace early_bind
