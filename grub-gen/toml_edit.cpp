// SPDX-License-Identifier: MIT
#include "grub-gen/toml_edit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "core/text.hpp"
#include "grub-gen/config.hpp"
#include "grub-gen/toml.hpp"
#include "grub-gen/toml_statements.hpp"

namespace early_bind::toml_edit {
namespace {

using Kind = Statement::Kind;

/// A text, what it means, and how it is written.
struct Document {
    std::string_view text;
    toml::table meaning;
    std::vector<Statement> statements;
    std::string_view newline = "\n";
};

/// Where something goes and what.
struct Insertion {
    std::size_t at = 0;
    std::size_t replaced = 0;  ///< bytes that it takes the place of
    std::string what;
};

bool is_bare(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return text::is_digit(c) || text::is_letter(c) || c == '_' || c == '-';
    });
}

std::string dotted(const TablePath& path) {
    std::string text;
    for (const auto& name : path) {
        text += text.empty() ? "" : ".";
        text += is_bare(name) ? name : toml_edit::quoted(name);
    }
    return text;
}

std::string at_offset(std::string_view text, std::size_t offset, std::string_view message) {
    const auto before = text.substr(0, offset);
    const auto line = before.rfind('\n');
    const auto head = line == std::string_view::npos ? before : before.substr(line + 1);
    const auto characters = std::count_if(head.begin(), head.end(), [](char c) {
        return (static_cast<unsigned>(c) & 0xc0U) != 0x80;
    });
    return at_position({static_cast<unsigned>(std::count(before.begin(), before.end(), '\n') + 1),
                        static_cast<unsigned>(characters + 1)},
                       message);
}

Result<Document> read(std::string_view text) {
    toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const auto& begin = parsed.error().source().begin;
        return fail(at_position(
            {begin.line, begin.column},
            fmt::format("cannot read this: {}", text::printable(parsed.error().description()))));
    }
    Document document;
    document.text = text;
    document.meaning = std::move(parsed).table();
    document.statements = statements_of(text);
    const auto end = text.find('\n');
    if (end != std::string_view::npos && end > 0 && text[end - 1] == '\r') {
        document.newline = "\r\n";
    }
    return document;
}

/// The value of a rendered TOML value; nothing when it is none.
std::optional<toml::table> parse_value(std::string_view value) {
    toml::parse_result parsed = toml::parse(fmt::format("value = {}\n", value));
    if (!parsed || parsed.table().size() != 1) {
        return std::nullopt;
    }
    return std::move(parsed).table();
}

/// The table at a path; null when there is none.
const toml::table* table_at(const toml::table& meaning, const TablePath& path) {
    const toml::table* table = &meaning;
    for (const auto& name : path) {
        const toml::node* node = table->get(name);
        table = node != nullptr ? node->as_table() : nullptr;
        if (table == nullptr) {
            return nullptr;
        }
    }
    return table;
}

/// The table at a path, made where it is missing; null when something else is in its place.
toml::table* make_table(toml::table& meaning, const TablePath& path) {
    toml::table* table = &meaning;
    for (const auto& name : path) {
        if (table->get(name) == nullptr) {
            table->insert(name, toml::table{});
        }
        table = table->get(name)->as_table();
        if (table == nullptr) {
            return nullptr;
        }
    }
    return table;
}

const Statement* find_key(const Document& document, const TablePath& path) {
    const auto found = std::find_if(
        document.statements.begin(), document.statements.end(), [&path](const Statement& one) {
            return one.kind == Kind::key && !one.in_array && one.path == path;
        });
    return found == document.statements.end() ? nullptr : &*found;
}

bool leads_to(const TablePath& prefix, const TablePath& path) {
    return prefix.size() <= path.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

/// What stands in the way of a key at `path`; empty when nothing does.
std::string obstacle(const Document& document, const TablePath& path) {
    for (const auto& statement : document.statements) {
        const auto complain = [&](const char* why) {
            return at_offset(document.text, statement.key_begin,
                             fmt::format("`{}` {}", text::printable(dotted(statement.path)), why));
        };
        if (statement.kind == Kind::table_array && leads_to(statement.path, path)) {
            return complain("is a list of tables, and those are not edited");
        }
        if (statement.kind == Kind::key && !statement.in_array && statement.path != path &&
            leads_to(statement.path, path)) {
            return complain(document.text[statement.value_begin] == '{'
                                ? "is an inline table, and those are not edited; write it as a "
                                  "table with a header"
                                : "is no table");
        }
        if (statement.path.size() > path.size() - (statement.kind == Kind::table ? 1 : 0) &&
            leads_to(path, statement.path)) {
            return complain("makes a table of what shall be a key");
        }
    }
    return {};
}

/// The blanks before a statement.
std::string indentation(const Document& document, const Statement& statement) {
    return std::string(
        document.text.substr(statement.begin, statement.key_begin - statement.begin));
}

std::string comment_lines(std::string_view comment, const std::string& indent,
                          std::string_view newline) {
    std::string lines;
    if (!comment.empty()) {
        for (const auto line : text::split(comment, '\n')) {
            lines += fmt::format("{}#{}{}{}", indent, line.empty() ? "" : " ",
                                 text::printable(line), newline);
        }
    }
    return lines;
}

/// Before the first header and the comment that belongs to it: where a first key of the root goes.
std::size_t before_headers(const Document& document) {
    const std::string_view text = document.text;
    if (document.statements.empty()) {
        return text.size();
    }
    const std::size_t header = document.statements.front().begin;
    std::size_t at = header;
    while (at > 0) {
        const auto line = at < 2 ? 0 : text.rfind('\n', at - 2) + 1;  // npos + 1 is 0
        const auto content = text::trim(text.substr(line, at - line));
        if (!content.starts_with('#')) {
            return at;
        }
        at = line;
    }
    return header;  // a comment from the file's start on is the file's
}

/// A place for a key that is not there yet.
struct Place {
    std::size_t at = 0;
    std::string indent;
    TablePath header;    ///< of a table to make; empty when there is one
    TablePath key;       ///< as it is to be written
    bool apart = false;  ///< a blank line goes between it and what follows
};

Place place_for(const Document& document, const TablePath& path) {
    const TablePath table(path.begin(), path.end() - 1);
    const Statement* neighbour = nullptr;  // the last one of the table, its header included
    for (const auto& statement : document.statements) {
        const bool in_section = statement.header_names == table.size() &&
                                leads_to(table, statement.path) &&
                                statement.kind != Kind::table_array;
        const bool is_dotted = statement.kind == Kind::key && !table.empty() &&
                               statement.header_names < table.size() &&
                               leads_to(table, statement.path);
        if (!statement.in_array && (in_section || is_dotted)) {
            neighbour = &statement;
        }
    }
    if (neighbour != nullptr) {
        return {neighbour->end,
                indentation(document, *neighbour),
                {},
                TablePath(path.begin() + static_cast<std::ptrdiff_t>(neighbour->header_names),
                          path.end())};
    }
    if (table.empty()) {
        const auto at = before_headers(document);
        return {at, "", {}, path, at < document.text.size()};
    }
    return {document.text.size(), "", table, {path.back()}};
}

Insertion new_key(const Document& document, const TablePath& path, std::string_view value,
                  std::string_view comment) {
    const Place place = place_for(document, path);
    const std::string_view newline = document.newline;
    Insertion insertion{place.at, 0, ""};
    if (place.at > 0 && document.text[place.at - 1] != '\n' &&
        document.text.substr(0, place.at) != "\xef\xbb\xbf") {
        insertion.what += newline;
    }
    if (!place.header.empty()) {
        const bool first = text::trim(document.text).empty();
        insertion.what +=
            fmt::format("{}[{}]{}", first ? "" : newline, dotted(place.header), newline);
    }
    insertion.what += comment_lines(comment, place.indent, newline);
    insertion.what += fmt::format("{}{} = {}{}{}", place.indent, dotted(place.key), value, newline,
                                  place.apart ? newline : "");
    return insertion;
}

/// The text with the insertion, provided that it means `wanted`.
Result<std::string> changed(const Document& document, const Insertion& insertion,
                            const toml::table& wanted) {
    std::string text(document.text);
    text.replace(insertion.at, insertion.replaced, insertion.what);
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed || parsed.table() != wanted) {
        return fail(at_offset(document.text, insertion.at,
                              "this cannot be edited without changing what the rest means; edit "
                              "it by hand"));
    }
    return text;
}

TablePath joined(const TablePath& table, std::string_view key) {
    TablePath path = table;
    path.emplace_back(key);
    return path;
}

tl::unexpected<Error> no_value(std::string_view value) {
    return fail(fmt::format("`{}` is no TOML value", text::printable(value)));
}

/// The insertion that adds an item to the list of a statement.
Insertion new_item(const Document& document, const Statement& statement, std::string_view item,
                   std::string_view comment) {
    const std::string_view text = document.text;
    const ListEnd list = end_of_list(text, statement.value_begin, statement.value_end);
    const auto inside =
        text.substr(statement.value_begin, statement.value_end - statement.value_begin);
    const bool own_line = !comment.empty() || inside.find('\n') != std::string_view::npos;
    const char* comma = list.empty || list.comma ? "" : ",";
    if (!own_line) {
        return {list.last, 0, fmt::format("{}{}{}", comma, list.empty ? "" : " ", item)};
    }
    const auto line = text.rfind('\n', list.last - 1) + 1;  // npos + 1 is 0
    std::string indent = indentation(document, statement) + "    ";
    if (line > statement.value_begin) {
        indent = std::string(text.substr(line, text.find_first_not_of(" \t", line) - line));
    }
    // A comment behind the last item stays with it: the new line begins at the end of that line.
    const auto close = statement.value_end - 1;
    const auto line_end = text.find('\n', list.last);
    const bool close_follows = line_end == std::string_view::npos || line_end > close;
    const std::string shown =
        comment.empty() ? std::string() : fmt::format("  # {}", text::printable(comment));
    if (close_follows) {
        return {list.last, 0,
                fmt::format("{}{}{}{},{}{}{}", comma, document.newline, indent, item, shown,
                            document.newline, indentation(document, statement))};
    }
    const auto tail = text.substr(list.last, line_end + 1 - list.last);
    return {list.last, tail.size(),
            fmt::format("{}{}{}{},{}{}", comma, tail, indent, item, shown, document.newline)};
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

Result<std::string> set_key(std::string_view text, const TablePath& table, std::string_view key,
                            std::string_view value, std::string_view comment) {
    const auto document = read(text);
    if (!document) {
        return tl::unexpected(document.error());
    }
    const auto parsed = parse_value(value);
    if (!parsed) {
        return no_value(value);
    }
    const TablePath path = joined(table, key);
    if (const auto fault = obstacle(*document, path); !fault.empty()) {
        return fail(fault);
    }
    toml::table wanted = document->meaning;
    toml::table* target = make_table(wanted, table);
    if (target == nullptr) {
        return fail(fmt::format("`{}` is no table", dotted(table)));
    }
    target->insert_or_assign(key, *parsed->get("value"));
    const Statement* statement = find_key(*document, path);
    const Insertion insertion =
        statement != nullptr
            ? Insertion{statement->value_begin, statement->value_end - statement->value_begin,
                        std::string(value)}
            : new_key(*document, path, value, comment);
    return changed(*document, insertion, wanted);
}

Result<std::string> add_to_list(std::string_view text, const TablePath& table, std::string_view key,
                                std::string_view item, std::string_view comment) {
    const auto document = read(text);
    if (!document) {
        return tl::unexpected(document.error());
    }
    const auto parsed = parse_value(item);
    if (!parsed) {
        return no_value(item);
    }
    const Statement* statement = find_key(*document, joined(table, key));
    if (statement == nullptr) {
        const std::string list = comment.empty()
                                     ? fmt::format("[{}]", item)
                                     : fmt::format("[{0}    {1},  # {2}{0}]", document->newline,
                                                   item, text::printable(comment));
        return set_key(text, table, key, list);
    }
    toml::table wanted = document->meaning;
    toml::array* list = make_table(wanted, table)->get(key)->as_array();
    if (list == nullptr) {
        return fail(at_offset(text, statement->value_begin,
                              fmt::format("`{}` is no list", text::printable(key))));
    }
    const toml::node& value = *parsed->get("value");
    if (std::any_of(list->begin(), list->end(), [&value](const toml::node& one) {
            return toml::array{one} == toml::array{value};
        })) {
        return std::string(text);
    }
    list->push_back(value);
    return changed(*document, new_item(*document, *statement, item, comment), wanted);
}

Result<std::string> remove_key(std::string_view text, const TablePath& table,
                               std::string_view key) {
    const auto document = read(text);
    if (!document) {
        return tl::unexpected(document.error());
    }
    const TablePath path = joined(table, key);
    const toml::table* holder = table_at(document->meaning, table);
    if (holder == nullptr || holder->get(key) == nullptr) {
        return std::string(text);
    }
    if (const auto fault = obstacle(*document, path); !fault.empty()) {
        return fail(fault);
    }
    const Statement* statement = find_key(*document, path);
    if (statement == nullptr) {
        return fail(fmt::format("`{}` cannot be taken away: edit it by hand", dotted(path)));
    }
    toml::table wanted = document->meaning;
    make_table(wanted, table)->erase(key);
    // Tables that only dotted keys make end with the last of these.
    TablePath above = table;
    while (above.size() > statement->header_names && table_at(wanted, above)->empty()) {
        const std::string name = above.back();
        above.pop_back();
        make_table(wanted, above)->erase(name);
    }
    return changed(*document, {statement->begin, statement->end - statement->begin, ""}, wanted);
}

}  // namespace early_bind::toml_edit
