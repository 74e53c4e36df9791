// SPDX-License-Identifier: MIT
#include "grub-gen/menu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/bls_entries.hpp"
#include "grub-gen/loader/loader.hpp"
#include "grub-gen/quote.hpp"

namespace early_bind {
namespace {

/// The options of a stock entry that say who may boot it, if not the superusers alone: everybody,
/// or those of GRUB's variable where the entry comes from a BLS file.
const std::array<std::string, 2> kAccess = {"--unrestricted",
                                            fmt::format("\"${{{}}}\"", kUsersVariable)};

/// The one that all entries have, with a blank behind it: else a menu with a password would lock
/// the free entries away. Empty when there is none.
std::string common_access(const std::vector<MenuEntry>& stock) {
    for (const auto& access : kAccess) {
        if (std::all_of(stock.begin(), stock.end(), [&access](const MenuEntry& entry) {
                return entry.options.find(access) != std::string::npos;
            })) {
            return access + " ";
        }
    }
    return {};
}

/// An argument as a word of GRUB script, in quotes only where it needs them: people read and edit
/// these lines.
std::string argument_word(std::string_view argument) {
    const bool plain = std::all_of(argument.begin(), argument.end(), [](char c) {
        return text::is_digit(c) || text::is_letter(c) ||
               std::string_view("._,:=/+@%-").find(c) != std::string_view::npos;
    });
    return plain ? std::string(argument) : quote(argument);
}

/// The bytes of the command line that GRUB makes of these words: it writes BOOT_IMAGE=FILE first,
/// puts words with blanks in quotes, and a backslash before quotes and backslashes
/// (grub-core/loader/i386/linux.c, grub-core/lib/cmdline.c).
std::size_t command_line_length(const MenuEntry& stock, const std::vector<std::string>& more) {
    std::size_t length = std::string_view("BOOT_IMAGE=").size() + stock.kernel_file.size();
    for (const auto* words : {&stock.arguments, &more}) {
        for (const auto& word : *words) {
            length += 1 + word.size() + (word.find(' ') == std::string::npos ? 0U : 2U);
            length += static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char c) {
                return c == '\\' || c == '\'' || c == '"';
            }));
        }
    }
    return length;
}

std::string render_entry(const MenuEntry& stock, const Layout& layout) {
    std::string words;
    for (const auto& argument : layout.arguments) {
        words += ' ' + argument_word(argument);
    }
    std::string body = fmt::format("{}", fmt::join(stock.body, words));
    body.erase(body.find_last_not_of(" \t") + 1);  // what stood before the brace
    return fmt::format("\tmenuentry {} {}{}$menuentry_id_option {} {{{}{}\t}}\n",
                       quote(layout.title), stock.options, stock.options.empty() ? "" : " ",
                       quote(entry_id(layout.profile, layout.kernel)), body,
                       body.ends_with('\n') ? "" : "\n");
}

/// Chooses the default by our variable, unless this boot was chosen already: 00_header sets
/// boot_once when it took an entry from next_entry.
std::string render_default(const std::vector<std::pair<std::string, std::string>>& first_entries) {
    std::string text = "if [ \"${boot_once}\" != \"true\" ]; then\n";
    for (const auto& [profile, id] : first_entries) {
        text += fmt::format("\tif [ \"${{{}}}\" = {} ]; then\n\t\tset default={}\n\tfi\n",
                            kDefaultVariable, quote(profile),
                            quote(fmt::format("{}>{}", kSubmenuId, id)));
    }
    return text + "fi\n";
}

}  // namespace

std::vector<MenuEntry> first_of_each_kernel(std::vector<MenuEntry> entries) {
    std::vector<MenuEntry> first;
    for (auto& entry : entries) {
        const bool known = std::any_of(first.begin(), first.end(), [&entry](const MenuEntry& e) {
            return e.kernel_version == entry.kernel_version;
        });
        if (!known) {
            first.push_back(std::move(entry));
        }
    }
    return first;
}

Menu render_menu(const std::vector<MenuEntry>& stock, const std::vector<Layout>& layouts) {
    Menu menu;
    std::string text;
    std::vector<std::pair<std::string, std::string>> first_entries;  // of each profile, its id
    for (const auto& layout : layouts) {
        const auto& entry = stock[layout.stock];
        const auto length = command_line_length(entry, layout.arguments);
        if (length > kCommandLineLimit) {
            menu.warnings.push_back(too_long(layout, length));
            continue;
        }
        text += render_entry(entry, layout);
        const bool known =
            std::any_of(first_entries.begin(), first_entries.end(),
                        [&layout](const auto& first) { return first.first == layout.profile; });
        if (!known) {
            first_entries.emplace_back(layout.profile, entry_id(layout.profile, layout.kernel));
        }
    }
    if (!text.empty()) {
        menu.text =
            fmt::format("submenu {} {}$menuentry_id_option {} {{\n{}}}\n", quote("GPU layouts"),
                        common_access(stock), quote(kSubmenuId), text);
        menu.default_text = render_default(first_entries);
    }
    return menu;
}

}  // namespace early_bind
