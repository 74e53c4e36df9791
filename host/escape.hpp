// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace early_bind {

/// `text` as one word of a POSIX shell: as it is where no character of it means anything there,
/// else between single quotes. Control characters become blanks: no line of ours ends early.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace early_bind
