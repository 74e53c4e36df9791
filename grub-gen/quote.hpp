// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace early_bind {

/// The longest text in bytes that quote() keeps whole: 2000 single quotes just fit. No argument is
/// that long on a command line of 2047 bytes with a kernel and our tokens before it.
inline constexpr std::size_t kQuoteLimit = 2000;

/// `text` as one word of GRUB script. The only way by which text from outside (PCI names,
/// configuration, file names) gets into a menu. Between single quotes GRUB takes everything
/// literally (grub-core/script/yylex.l), so a single quote is the only character with a meaning; it
/// is written `'\''`. Control characters, which would end the line or fool a terminal, become
/// blanks, and bytes that are no UTF-8 become `?`. GRUB refuses words of more than 8 KiB, so what
/// is longer than kQuoteLimit is cut off.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace early_bind
