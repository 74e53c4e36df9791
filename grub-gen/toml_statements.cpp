// SPDX-License-Identifier: MIT
#include "grub-gen/toml_statements.hpp"

#include <algorithm>

#include "grub-gen/toml.hpp"

namespace early_bind::toml_edit {
namespace {

constexpr auto kNone = std::string_view::npos;

std::size_t end_of_line(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return end == kNone ? text.size() : end + 1;
}

/// Behind the string whose first quote is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const std::string three(3, quote);
    const bool multi_line = text.substr(at, 3) == three;
    at += multi_line ? 3 : 1;
    while (at < text.size()) {
        if (quote == '"' && text[at] == '\\') {
            at += 2;
        } else if (multi_line && text.substr(at, 3) == three) {
            at += 3;
            while (at < text.size() && text[at] == quote) {
                ++at;  // up to two quotes may stand before the last three
            }
            return at;
        } else if (!multi_line && text[at] == quote) {
            return at + 1;
        } else {
            ++at;
        }
    }
    return text.size();
}

/// Behind a string, a comment (not its line's end) or the one character at `at`.
std::size_t skip_token(std::string_view text, std::size_t at) {
    if (text[at] == '"' || text[at] == '\'') {
        return skip_string(text, at);
    }
    if (text[at] == '#') {
        return std::min(text.find_first_of("\r\n", at), text.size());
    }
    return at + 1;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Behind the value at `at`: the end of its line, or a comment, outside of all brackets.
std::size_t skip_value(std::string_view text, std::size_t at) {
    int depth = 0;
    std::size_t end = at;
    while (at < text.size()) {
        const char c = text[at];
        if (depth == 0 && (c == '\n' || c == '#')) {
            break;
        }
        if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        }
        at = std::min(skip_token(text, at), text.size());
        if (!is_blank(c)) {
            end = at;
        }
    }
    return end;
}

/// Where the first `stop` outside of strings is.
std::size_t find_outside_strings(std::string_view text, std::size_t at, char stop) {
    while (at < text.size() && text[at] != stop) {
        at = skip_token(text, at);
    }
    return std::min(at, text.size());
}

/// The names of a dotted key, by toml++: quotes and escapes are its business.
std::vector<std::string> names_of(std::string_view dotted) {
    std::vector<std::string> names;
    const toml::parse_result parsed = toml::parse(std::string(dotted) + " = 0\n");
    const toml::table* level = parsed ? &parsed.table() : nullptr;
    while (level != nullptr && !level->empty()) {
        const auto first = level->cbegin();
        names.emplace_back(first->first.str());
        level = first->second.as_table();
    }
    return names;
}

bool starts_with(const std::vector<std::string>& path, const std::vector<std::string>& prefix) {
    return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

bool is_in_array(const std::vector<Statement>& earlier, const std::vector<std::string>& path) {
    return std::any_of(earlier.begin(), earlier.end(), [&path](const Statement& statement) {
        return statement.kind == Statement::Kind::table_array && starts_with(path, statement.path);
    });
}

Statement header_at(std::string_view text, std::size_t at) {
    Statement header;
    const bool is_array = text.substr(at, 2) == "[[";
    header.kind = is_array ? Statement::Kind::table_array : Statement::Kind::table;
    header.key_begin = at;
    at += is_array ? 2 : 1;
    const auto close = find_outside_strings(text, at, ']');
    header.path = names_of(text.substr(at, close - at));
    header.header_names = header.path.size();
    header.end = end_of_line(text, close);
    return header;
}

Statement key_at(std::string_view text, std::size_t at) {
    Statement key;
    key.key_begin = at;
    const auto equals = find_outside_strings(text, at, '=');
    key.path = names_of(text.substr(at, equals - at));
    key.value_begin =
        std::min(text.find_first_not_of(" \t", std::min(equals + 1, text.size())), text.size());
    key.value_end = skip_value(text, key.value_begin);
    key.end = end_of_line(text, key.value_end);
    return key;
}

}  // namespace

std::vector<Statement> statements_of(std::string_view text) {
    std::vector<Statement> statements;
    std::vector<std::string> table;
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    std::size_t line = text.starts_with(kMark) ? kMark.size() : 0;
    while (line < text.size()) {
        const auto at = std::min(text.find_first_not_of(" \t\r", line), text.size());
        if (at == text.size() || text[at] == '\n' || text[at] == '#') {
            line = end_of_line(text, at);
            continue;
        }
        Statement statement = text[at] == '[' ? header_at(text, at) : key_at(text, at);
        statement.begin = line;
        if (statement.kind == Statement::Kind::key) {
            statement.path.insert(statement.path.begin(), table.begin(), table.end());
            statement.header_names = table.size();
        } else {
            table = statement.path;
        }
        statement.in_array = is_in_array(statements, statement.path);
        line = statement.end;
        statements.push_back(std::move(statement));
    }
    return statements;
}

ListEnd end_of_list(std::string_view text, std::size_t begin, std::size_t end) {
    ListEnd found;
    found.last = begin + 1;
    for (std::size_t at = begin + 1; at + 1 < end;) {
        const auto next = std::min(skip_token(text, at), end - 1);
        if (!is_blank(text[at]) && text[at] != '#') {
            found.comma = text[at] == ',';
            found.last = next;
            found.empty = false;
        }
        at = next;
    }
    return found;
}

}  // namespace early_bind::toml_edit
