// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

/// Edits of a TOML file that is also edited by hand: what an edit does not concern (comments,
/// order, blank lines, ends of lines) stays byte for byte as it is. Each edit takes the text of the
/// file
/// ("" for one that is not there) and returns the new text. The result is parsed again and means
/// what the old text meant plus the edit, or there is an error and no new text. Errors are
/// "line L, column C: ..." of the old text.
namespace early_bind::toml_edit {

/// The names that lead to a table: {} is the root, {"profile", "pass-all"} is [profile.pass-all].
using TablePath = std::vector<std::string>;

/// Sets `key` of a table to `value`, a rendered TOML value. A key that is there gets the new value
/// in its place and keeps its comments. A new key is put behind the last one of its table, with
/// `comment` in lines above it ("" for none, "\n" parts lines); a new table is put at the end.
[[nodiscard]] Result<std::string> set_key(std::string_view text, const TablePath& table,
                                          std::string_view key, std::string_view value,
                                          std::string_view comment = {});

/// Adds `item`, a rendered TOML value, to the end of a list, with `comment` behind it in its line.
/// The list is made when it is not there. An item that the list has already changes nothing.
[[nodiscard]] Result<std::string> add_to_list(std::string_view text, const TablePath& table,
                                              std::string_view key, std::string_view item,
                                              std::string_view comment = {});

/// Takes a key away, with its value and what else is in its lines; one that is not there is fine.
/// A table with a header is no key: its keys are.
[[nodiscard]] Result<std::string> remove_key(std::string_view text, const TablePath& table,
                                             std::string_view key);

/// `text` as a TOML string: "a \"b\"".
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace early_bind::toml_edit
