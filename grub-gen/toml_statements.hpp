// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace early_bind::toml_edit {

/// `[table]`, `[[table]]` or `key = value` of a TOML file, by its place in the text. All places are
/// offsets in bytes.
struct Statement {
    enum class Kind { key, table, table_array };
    Kind kind = Kind::key;
    std::vector<std::string> path;  ///< the whole path, the table's header included
    std::size_t header_names = 0;   ///< how many names of the path come from the header
    bool in_array = false;          ///< somewhere in a [[table]]: the path names no one thing
    std::size_t begin = 0;          ///< of its first line
    std::size_t key_begin = 0;      ///< behind the indentation
    std::size_t value_begin = 0;    ///< key statements only
    std::size_t value_end = 0;      ///< key statements only
    std::size_t end = 0;            ///< behind the end of its last line
};

/// Cuts TOML into statements. The text must be valid TOML: nothing is checked here.
[[nodiscard]] std::vector<Statement> statements_of(std::string_view text);

/// Where a list ends and what is in it last.
struct ListEnd {
    std::size_t last = 0;  ///< behind the last value or comma, or behind the `[`
    bool empty = true;     ///< no value in it
    bool comma = false;    ///< a comma behind the last value
};

/// Looks at the list whose `[` is at `begin` and that ends before `end`.
[[nodiscard]] ListEnd end_of_list(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace early_bind::toml_edit
