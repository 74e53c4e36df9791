// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/finding.hpp"

#include <fmt/core.h>

#include "grub-gen/legacy/find.hpp"

namespace early_bind {

std::string place_of(const LegacyFinding& finding) {
    return finding.line == 0 ? finding.path : fmt::format("{}:{}", finding.path, finding.line);
}

std::string fate_of(const LegacyFinding& finding) {
    switch (finding.edit) {
        case LegacyEdit::none:
            return fmt::format("stays; {}", finding.next);
        case LegacyEdit::remove_words:
            return finding.path == kKernelCommandLinePath
                       ? "the word is taken out of the line"
                       : "the word is taken out of the line, whose old form stays as a comment";
        case LegacyEdit::comment_out:
            return finding.line_count > 1 ? "the lines become comments"
                                          : "the line becomes a comment";
        case LegacyEdit::set_aside:
            return "the file is moved into the backup";
    }
    return {};
}

}  // namespace early_bind
