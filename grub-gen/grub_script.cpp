// SPDX-License-Identifier: MIT
#include "grub-gen/grub_script.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "grub-gen/script_lexer.hpp"

namespace early_bind {
namespace {

using Kind = ScriptToken::Kind;
using TokenList = std::vector<ScriptToken>;

bool is_any_of(std::string_view word, const auto& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_linux(std::string_view command) {
    constexpr std::array<std::string_view, 3> kCommands = {"linux", "linux16", "linuxefi"};
    return is_any_of(command, kCommands);
}

bool is_initrd(std::string_view command) {
    constexpr std::array<std::string_view, 3> kCommands = {"initrd", "initrd16", "initrdefi"};
    return is_any_of(command, kCommands);
}

/// Words that another command follows.
bool is_keyword(std::string_view word) {
    constexpr std::array<std::string_view, 8> kKeywords = {"if", "then",  "elif",  "else",
                                                           "do", "while", "until", "!"};
    return is_any_of(word, kKeywords);
}

/// Whether all characters of a version have a place in an id.
bool is_plain(std::string_view version) {
    return !version.empty() && std::all_of(version.begin(), version.end(), [](char c) {
        return text::is_digit(c) || text::is_letter(c) ||
               std::string_view("._+~:@-").find(c) != std::string_view::npos;
    });
}

/// "6.1.0-9-amd64" of "/boot/vmlinuz-6.1.0-9-amd64"; nothing for a name that does not tell, or
/// whose characters have no place in an id.
std::optional<std::string> version_of(std::string_view file) {
    constexpr std::array<std::string_view, 4> kPrefixes = {"vmlinuz-", "vmlinux-", "kernel-",
                                                           "bzImage-"};
    constexpr std::string_view kSigned = ".efi.signed";
    auto name = file.substr(file.rfind('/') + 1);
    const auto* const prefix =
        std::find_if(kPrefixes.begin(), kPrefixes.end(),
                     [name](std::string_view p) { return name.starts_with(p); });
    if (prefix == kPrefixes.end()) {
        return std::nullopt;
    }
    name.remove_prefix(prefix->size());
    if (name.ends_with(kSigned)) {
        name.remove_suffix(kSigned.size());
    }
    return is_plain(name) ? std::optional<std::string>(name) : std::nullopt;
}

/// The index behind the last token of the command that begins at `i`.
std::size_t end_of_command(const TokenList& tokens, std::size_t i) {
    while (i < tokens.size() && tokens[i].kind == Kind::word) {
        ++i;
    }
    return i;
}

/// The index of the brace that closes the one at `open`, tokens.size() when it is missing.
std::size_t closing_brace(const TokenList& tokens, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        if (tokens[i].kind == Kind::open) {
            ++depth;
        } else if (tokens[i].kind == Kind::close && --depth == 0) {
            return i;
        }
    }
    return tokens.size();
}

/// Whether the token at `i` stands where a command's name does.
bool is_command(const TokenList& tokens, std::size_t i) {
    return tokens[i].kind == Kind::word &&
           (i == 0 || tokens[i - 1].kind != Kind::word || is_keyword(tokens[i - 1].text));
}

/// Reads title, options and id: the words at [begin, end).
void read_header(std::string_view script, const TokenList& tokens, std::size_t begin,
                 std::size_t end, MenuEntry& entry) {
    bool titled = false;
    const auto keep = [&](const ScriptToken& token) {
        entry.options += entry.options.empty() ? "" : " ";
        entry.options += script.substr(token.begin, token.end - token.begin);
    };
    for (std::size_t i = begin; i < end; ++i) {
        const auto& word = tokens[i].text;
        const bool has_next = i + 1 < end;
        if (word == "$menuentry_id_option" || word == "${menuentry_id_option}" || word == "--id") {
            entry.id = has_next ? tokens[++i].text : std::string();
        } else if (word.starts_with("--id=")) {
            entry.id = word.substr(5);
        } else if (word == "--hotkey") {  // the key stays with the stock entry
            i += has_next ? 1 : 0;
        } else if (word == "--class" || word == "--users") {
            keep(tokens[i]);
            if (has_next) {
                keep(tokens[++i]);
            }
        } else if (word.starts_with("--hotkey=")) {
            continue;
        } else if (word.starts_with("--") || titled) {
            keep(tokens[i]);
        } else {
            entry.title = word;
            titled = true;
        }
    }
}

/// Takes an entry's body apart.
class BodyReader {
  public:
    BodyReader(std::string_view script, const TokenList& tokens, std::size_t open,
               std::size_t close, std::string_view version, MenuEntry& entry)
        : script_(script),
          tokens_(tokens),
          open_(open),
          close_(close),
          written_(tokens[open].end),
          version_(version),
          entry_(entry) {}

    /// Returns why the entry cannot be taken, an empty text when it can. An entry that boots no
    /// kernel leaves `entry.body` with one piece.
    std::string read() {
        entry_.body.assign(1, std::string());
        for (std::size_t i = open_ + 1; i < close_; ++i) {
            if (!is_command(tokens_, i)) {
                continue;
            }
            const auto& command = tokens_[i].text;
            if (is_linux(command)) {
                if (auto wrong = linux_line(i); !wrong.empty()) {
                    return wrong;
                }
            } else if (is_initrd(command)) {
                initramfs_ = true;
            } else if (command.starts_with("multiboot")) {
                multiboot_ = true;
            } else if (command == "savedefault") {
                drop_line(i);
            }
        }
        write_until(tokens_[close_].begin);
        const bool boots_kernel = entry_.body.size() > 1;
        if (!boots_kernel && !multiboot_ && entry_.body[0].find("vmlinuz") != std::string::npos) {
            return "its kernel is loaded by no command that is known";
        }
        if (boots_kernel && !initramfs_) {
            return "it has no initramfs that early-bind could run in";
        }
        return {};
    }

  private:
    std::string linux_line(std::size_t i) {
        const std::size_t end = std::min(end_of_command(tokens_, i), close_);
        if (i + 1 >= end) {
            return "its linux line names no kernel";
        }
        const auto& file = tokens_[i + 1].text;
        auto version = version_of(file);
        if (!version && is_plain(version_)) {
            version = version_;
        }
        if (!version) {
            return fmt::format("the kernel's version cannot be told from {}",
                               text::printable(file));
        }
        if (entry_.kernel_version.empty()) {
            entry_.kernel_version = *version;
            entry_.kernel_file = file;
            for (std::size_t k = i + 2; k < end; ++k) {
                entry_.arguments.push_back(tokens_[k].text);
            }
        } else if (entry_.kernel_version != *version) {
            return fmt::format("it has two kernels, {} and {}", entry_.kernel_version, *version);
        }
        std::size_t last = i + 1;
        while (last + 1 < end && tokens_[last + 1].text != "--") {
            ++last;
        }
        write_until(tokens_[last].end);
        entry_.body.emplace_back();
        return {};
    }

    void drop_line(std::size_t i) {
        if (tokens_[i - 1].kind == Kind::newline && tokens_[i + 1].kind == Kind::newline) {
            write_until(tokens_[i - 1].end);
            written_ = tokens_[i + 1].end;
        }
    }

    void write_until(std::size_t offset) {
        entry_.body.back() += script_.substr(written_, offset - written_);
        written_ = offset;
    }

    std::string_view script_;
    const TokenList& tokens_;
    std::size_t open_;
    std::size_t close_;
    std::size_t written_;
    std::string_view version_;
    MenuEntry& entry_;
    bool initramfs_ = false;
    bool multiboot_ = false;
};

}  // namespace

ParsedMenu parse_menu(std::string_view text) {
    return parse_menu(text, {});
}

ParsedMenu parse_menu(std::string_view text, std::string_view version) {
    const auto script = tokenize_script(text);
    const TokenList& tokens = script.tokens;
    ParsedMenu menu;
    std::size_t i = 0;
    while (i < tokens.size()) {
        const bool is_entry = is_command(tokens, i) && tokens[i].text == "menuentry";
        const bool is_submenu = is_command(tokens, i) && tokens[i].text == "submenu";
        if (!is_entry && !is_submenu) {
            // A function's body is not run here; other braces do not come about.
            i = tokens[i].kind == Kind::open ? closing_brace(tokens, i) + 1 : i + 1;
            continue;
        }
        MenuEntry entry;
        const std::size_t open = end_of_command(tokens, i);
        read_header(text, tokens, i + 1, open, entry);
        const std::size_t close = open < tokens.size() && tokens[open].kind == Kind::open
                                      ? closing_brace(tokens, open)
                                      : tokens.size();
        if (close >= tokens.size()) {
            if (script.open_quote_line == 0) {
                menu.warnings.push_back(
                    fmt::format("the {} '{}' does not end, leaving out the rest",
                                is_entry ? "entry" : "sub-menu", text::printable(entry.title)));
            }
            break;
        }
        if (is_submenu) {
            i = entry.id.starts_with("gnulinux-history-") ? close + 1 : open + 1;
            continue;
        }
        const auto wrong = BodyReader(text, tokens, open, close, version, entry).read();
        if (!wrong.empty()) {
            menu.warnings.push_back(
                fmt::format("leaving out the entry '{}': {}", text::printable(entry.title), wrong));
        } else if (entry.body.size() > 1) {
            menu.entries.push_back(std::move(entry));
        }
        i = close + 1;
    }
    if (script.open_quote_line != 0) {
        menu.warnings.push_back(fmt::format("line {}: a quote does not end, leaving out the rest",
                                            script.open_quote_line));
    }
    return menu;
}

}  // namespace early_bind
