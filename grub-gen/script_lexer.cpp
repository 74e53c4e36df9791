// SPDX-License-Identifier: MIT
#include "grub-gen/script_lexer.hpp"

#include <algorithm>
#include <optional>

namespace early_bind {
namespace {

using Kind = ScriptToken::Kind;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::optional<Kind> single_character_token(char c) {
    switch (c) {
        case '\n':
            return Kind::newline;
        case '{':
            return Kind::open;
        case '}':
            return Kind::close;
        case ';':
        case '&':
        case '|':
        case '<':
        case '>':
            return Kind::separator;
        default:
            return std::nullopt;
    }
}

/// Reads one word at a time.
class WordReader {
  public:
    WordReader(std::string_view script, std::size_t begin) : script_(script), at_(begin) {}

    /// Reads to the end of the word. Returns false when a quote in it never ends.
    bool read() {
        while (at_ < script_.size() && !is_blank(script_[at_]) &&
               !single_character_token(script_[at_])) {
            const char c = script_[at_];
            if (c == '\'' ? !single_quoted() : c == '"' && !double_quoted()) {
                return false;
            }
            if (c == '\\') {
                escape();
            } else if (c == '$') {
                variable();
            } else if (c != '\'' && c != '"') {
                text_ += script_[at_++];
            }
        }
        return true;
    }

    [[nodiscard]] std::size_t end() const { return at_; }
    [[nodiscard]] std::string& text() { return text_; }

  private:
    bool single_quoted() {
        const auto close = script_.find('\'', at_ + 1);
        if (close == std::string_view::npos) {
            return false;
        }
        text_ += script_.substr(at_ + 1, close - at_ - 1);
        at_ = close + 1;
        return true;
    }

    bool double_quoted() {
        for (++at_; at_ < script_.size(); ++at_) {
            const char c = script_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            const char next = at_ + 1 < script_.size() ? script_[at_ + 1] : '\0';
            if (c == '\\' && (next == '"' || next == '\\' || next == '$')) {
                text_ += next;
                ++at_;
            } else {
                text_ += c;
            }
        }
        return false;
    }

    void escape() {
        if (at_ + 1 < script_.size() && script_[at_ + 1] != '\n') {  // else: the line goes on
            text_ += script_[at_ + 1];
        }
        at_ = std::min(at_ + 2, script_.size());
    }

    /// `${name}` as a whole, since its braces are no tokens; of `$name` only the sign.
    void variable() {
        const auto close = script_.find('}', at_);
        const bool braces =
            script_.substr(at_).starts_with("${") && close != std::string_view::npos;
        const std::size_t end = braces ? close + 1 : at_ + 1;
        text_ += script_.substr(at_, end - at_);
        at_ = end;
    }

    std::string_view script_;
    std::size_t at_;
    std::string text_;
};

}  // namespace

ScriptTokens tokenize_script(std::string_view script) {
    ScriptTokens result;
    std::size_t at = 0;
    while (at < script.size()) {
        if (is_blank(script[at])) {
            ++at;
            continue;
        }
        if (script.substr(at).starts_with("\\\n")) {
            at += 2;
            continue;
        }
        if (script[at] == '#') {
            at = std::min(script.find('\n', at), script.size());
            continue;
        }
        if (const auto kind = single_character_token(script[at])) {
            result.tokens.push_back({*kind, at, at + 1, std::string(1, script[at])});
            ++at;
            continue;
        }
        WordReader word(script, at);
        if (!word.read()) {
            const auto before = script.substr(0, at);
            result.open_quote_line =
                1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
            return result;
        }
        result.tokens.push_back({Kind::word, at, word.end(), std::move(word.text())});
        at = word.end();
    }
    return result;
}

}  // namespace early_bind
