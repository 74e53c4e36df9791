// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace early_bind {

/// `text` as one word of a POSIX shell: as it is where no character of it means anything there,
/// else between single quotes. Control characters become blanks: no line of ours ends early.
[[nodiscard]] std::string shell_word(std::string_view text);

/// `text` as the value of an XML attribute between single quotes (XML 1.0, 2.3).
[[nodiscard]] std::string xml_value(std::string_view text);

/// `text` as a value in an option of QEMU, where a comma ends it unless it is doubled
/// (util/qemu-option.c).
[[nodiscard]] std::string qemu_value(std::string_view text);

}  // namespace early_bind
