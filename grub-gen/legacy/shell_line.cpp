// SPDX-License-Identifier: MIT
#include "grub-gen/legacy/shell_line.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace early_bind::legacy {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_blank(char c) {
    return kBlanks.find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return text::is_digit(c) || text::is_letter(c) || c == '_';
    });
}

/// `$(...)`, backquotes and `${NAME-...}`: what stands there is not what will be.
bool is_expansion(std::string_view text) {
    if (text.starts_with('`') || text.starts_with("$(")) {
        return true;
    }
    if (!text.starts_with("${")) {
        return false;
    }
    const auto end = text.find('}');
    return end == std::string_view::npos || !is_name(text.substr(2, end - 2));
}

/// Reads the words of the value that begins at `start`.
void read_value(std::string_view line, std::size_t start, Assignment& assignment) {
    char quote = '\0';
    std::size_t begin = start;
    const auto end_word = [&](std::size_t end) {
        if (end > begin) {
            assignment.words.push_back(line.substr(begin, end - begin));
        }
        begin = end + 1;
    };
    const auto is_edge = [&](std::size_t at) { return at >= line.size() || is_blank(line[at]); };
    std::size_t at = start;
    for (; at < line.size(); ++at) {
        const char c = line[at];
        if (quote != '\'' && is_expansion(line.substr(at))) {
            assignment.plain = false;
        }
        if (c == '\\' && quote != '\'') {
            assignment.plain = assignment.plain && at + 1 < line.size();
            ++at;
        } else if (c == quote || (quote == '\0' && (c == '"' || c == '\''))) {
            // A quote in the middle of a word makes it another word than what stands there.
            const bool opens = quote == '\0';
            const bool at_edge = opens ? at == start || is_edge(at - 1) : is_edge(at + 1);
            assignment.plain = assignment.plain && at_edge;
            end_word(at);
            quote = opens ? c : '\0';
        } else if (is_blank(c)) {
            end_word(at);
        } else if (c == '#' && quote == '\0' && begin == at) {
            break;
        }
    }
    end_word(std::min(at, line.size()));
    assignment.plain = assignment.plain && quote == '\0';
    assignment.open_quote = quote;
}

}  // namespace

std::optional<Assignment> parse_assignment(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
        return std::nullopt;
    }
    Assignment assignment;
    auto name = text::trim(line.substr(0, equals));
    constexpr std::string_view kExport = "export ";
    if (name.starts_with(kExport)) {
        name = text::trim(name.substr(kExport.size()));
    }
    if (name.ends_with('+')) {
        name.remove_suffix(1);
    }
    if (!is_name(name)) {
        return std::nullopt;
    }
    assignment.name = name;
    read_value(line, equals + 1, assignment);
    return assignment;
}

std::string without_words(std::string_view line, const Assignment& assignment,
                          const std::vector<std::string>& words) {
    std::string kept(line);
    // From the back, so that the places of the words before stay right.
    for (auto word = assignment.words.rbegin(); word != assignment.words.rend(); ++word) {
        if (std::find(words.begin(), words.end(), *word) == words.end()) {
            continue;
        }
        auto begin = static_cast<std::size_t>(word->data() - line.data());
        auto end = begin + word->size();
        const bool first = begin == 0 || !is_blank(kept[begin - 1]);
        if (first) {
            while (end < kept.size() && is_blank(kept[end])) {
                ++end;
            }
        } else {
            while (is_blank(kept[begin - 1])) {
                --begin;
            }
        }
        kept.erase(begin, end - begin);
    }
    return kept;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
        if (text[at] == '#') {
            break;
        }
        const auto end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    auto lines = text::split(text, '\n');
    if (lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

}  // namespace early_bind::legacy
