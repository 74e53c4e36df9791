// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/edit.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/legacy/find.hpp"
#include "grub-gen/legacy/shell_line.hpp"

namespace early_bind::legacy {
namespace {

/// What happens to one line.
struct LineEdit {
    bool comment_out = false;
    bool takes_comments = true;
    std::vector<std::string> words;
};

LineEdit edit_of(const std::vector<LegacyFinding>& findings, unsigned number) {
    LineEdit edit;
    for (const auto& finding : findings) {
        if (number < finding.line || number >= finding.line + finding.line_count) {
            continue;
        }
        edit.comment_out = edit.comment_out || finding.edit == LegacyEdit::comment_out;
        edit.takes_comments = finding.path != kKernelCommandLinePath;
        if (finding.edit == LegacyEdit::remove_words) {
            edit.words.push_back(finding.text);
        }
    }
    return edit;
}

/// All the words of a line that is nothing but words.
Assignment plain_words(std::string_view line) {
    Assignment words;
    words.words = words_of(line);
    return words;
}

}  // namespace

std::string edited(std::string_view text, const std::vector<LegacyFinding>& findings) {
    std::string result;
    unsigned number = 0;
    while (!text.empty()) {
        ++number;
        const auto newline = text.find('\n');
        const auto line = text.substr(0, newline);
        const std::string_view end = newline == std::string_view::npos ? "" : "\n";
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const LineEdit edit = edit_of(findings, number);
        if (edit.comment_out || (!edit.words.empty() && edit.takes_comments)) {
            result += kTakenOver;
            result += line;
            result += edit.comment_out ? end : std::string_view("\n");
        } else if (edit.words.empty()) {
            result += line;
            result += end;
        }
        if (!edit.comment_out && !edit.words.empty()) {
            const auto assignment =
                edit.takes_comments ? parse_assignment(line) : plain_words(line);
            result += assignment ? without_words(line, *assignment, edit.words) : std::string(line);
            result += end;
        }
    }
    return result;
}

}  // namespace early_bind::legacy
