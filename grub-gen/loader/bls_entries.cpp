// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_entries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "grub-gen/grub_environment.hpp"
#include "grub-gen/loader/grub_bls_order.hpp"
#include "grub-gen/quote.hpp"
#include "grub-gen/script_lexer.hpp"

namespace early_bind {
namespace {

bool is_name_character(char c) {
    return text::is_digit(c) || text::is_letter(c) || c == '_';
}

/// "name" of `$name` and `${name}`; empty for any other word.
std::string variable_name(std::string_view word) {
    if (word.starts_with("${") && word.ends_with('}')) {
        word = word.substr(2, word.size() - 3);
    } else if (word.starts_with('$')) {
        word.remove_prefix(1);
    } else {
        return {};
    }
    return std::all_of(word.begin(), word.end(), is_name_character) ? std::string(word) : "";
}

std::string value_of(const GrubVariables& variables, const std::string& name) {
    const auto found = variables.find(name);
    return found != variables.end() ? found->second : std::string();
}

/// The directory of a path, with its last slash.
std::string_view directory_of(std::string_view path) {
    return path.substr(0, path.rfind('/') + 1);
}

/// The option that says who may boot the entry: everybody, when GRUB finds no users.
std::string users_option(const BlsFile& file) {
    const auto users = file.value("grub_users");
    if (users.empty()) {
        return "--unrestricted";
    }
    const auto variable = variable_name(users);
    if (variable == "grub_users") {
        return fmt::format("\"${{{}}}\"", kUsersVariable);
    }
    return variable.empty() ? fmt::format("--users {}", quote(users))
                            : fmt::format("--users \"${{{}}}\"", variable);
}

/// The initrd line's files; none when there are none.
std::vector<std::string> initrd_files(const BlsFile& file, const GrubVariables& variables) {
    const auto own = file.values("initrd");
    const auto beside = own.empty() ? file.value("linux") : own.front();
    const auto directory = directory_of(beside);
    const auto early = value_of(variables, "early_initrd");
    std::vector<std::string> files;
    for (const auto name : text::split(early, ' ')) {
        if (!name.empty()) {
            files.push_back(fmt::format("($root){}{}", directory, name));
        }
    }
    for (const auto& name : own) {
        files.push_back(fmt::format("($root){}", name));
    }
    return files;
}

/// The device tree's file: the file's own, or the one of the environment beside the kernel.
std::string device_tree(const BlsFile& file, const GrubVariables& variables) {
    if (file.has("devicetree")) {
        return file.value("devicetree");
    }
    const auto name = value_of(variables, "devicetree");
    return name.empty() ? name : fmt::format("{}{}", directory_of(file.value("linux")), name);
}

bool is_rescue(const BlsFile& file) {
    return file.id.find("0-rescue") != std::string::npos ||
           file.value("linux").find("vmlinuz-0-rescue") != std::string::npos;
}

/// Whether nothing in the script ends the linux line or the entry before its time.
bool is_one_entry(std::string_view script) {
    using TokenKind = ScriptToken::Kind;
    const auto tokens = tokenize_script(script).tokens;
    const auto count = [&tokens](TokenKind kind) {
        return std::count_if(tokens.begin(), tokens.end(),
                             [kind](const ScriptToken& token) { return token.kind == kind; });
    };
    return count(TokenKind::open) == 1 && count(TokenKind::close) == 1 &&
           count(TokenKind::separator) == 0;
}

/// Words that are a variable and nothing else become the words of its value.
std::vector<std::string> filled_in(const std::vector<std::string>& words,
                                   const GrubVariables& variables) {
    std::vector<std::string> filled;
    for (const auto& word : words) {
        const auto name = variable_name(word);
        if (name.empty()) {
            filled.push_back(word);
            continue;
        }
        const auto value = value_of(variables, name);
        for (const auto part : text::split(value, ' ')) {
            if (!part.empty()) {
                filled.emplace_back(part);
            }
        }
    }
    return filled;
}

}  // namespace

std::string bls_menuentry(const BlsFile& file, const GrubVariables& variables) {
    const auto kernel = file.value("linux");
    if (kernel.empty()) {
        return {};
    }
    const auto title = file.value("title");
    std::string script = fmt::format("menuentry {} ", quote(title.empty() ? kernel : title));
    for (const auto& name : file.values("grub_class")) {
        script += fmt::format("--class {} ", quote(name));
    }
    const auto options = file.has("options") ? file.value("options") : "$default_kernelopts";
    script += fmt::format(
        "{} --id {} {{\n\tload_video\n\tset gfxpayload=keep\n\tinsmod gzio\n"
        "\tset root=\"${{{}}}\"\n\tlinux ($root){} {}\n",
        users_option(file), quote(file.id), kBootVariable, kernel, text::trim(options));
    if (const auto files = initrd_files(file, variables); !files.empty()) {
        script += fmt::format("\tinitrd {}\n", fmt::join(files, " "));
    }
    if (const auto tree = device_tree(file, variables); !tree.empty()) {
        script += fmt::format("\tdevicetree ($root){}\n", tree);
    }
    return script + "}\n";
}

ParsedMenu bls_entries(std::vector<BlsFile> files, const GrubVariables& variables) {
    std::stable_sort(files.begin(), files.end(), [](const BlsFile& a, const BlsFile& b) {
        return compare_bls_ids(a.id, b.id) > 0;
    });
    ParsedMenu menu;
    for (const auto& file : files) {
        const auto script = bls_menuentry(file, variables);
        if (is_rescue(file) || script.empty()) {
            continue;
        }
        if (file.values("initrd").empty()) {
            menu.warnings.push_back(fmt::format(
                "leaving out {}: it has no initramfs that early-bind could run in", file.name));
            continue;
        }
        auto parsed = parse_menu(script, file.value("version"));
        if (parsed.entries.size() != 1 || !parsed.warnings.empty() || !is_one_entry(script)) {
            const auto why = parsed.warnings.empty()
                                 ? std::string(
                                       "a brace or a separator outside of quotes ends its "
                                       "command")
                                 : parsed.warnings.front();
            menu.warnings.push_back(fmt::format("leaving out {}: {}", file.name, why));
            continue;
        }
        auto& entry = parsed.entries.front();
        entry.arguments = filled_in(entry.arguments, variables);
        menu.entries.push_back(std::move(entry));
    }
    return menu;
}

ParsedMenu read_bls_entries(const sysfs::Root& root) {
    std::vector<std::string> warnings;
    std::vector<BlsFile> files;
    const auto names = root.list(kBlsDirectory);
    if (!names) {
        warnings.push_back(names.error().what);
    }
    for (const auto& name : names.value_or(std::vector<std::string>())) {
        if (!is_bls_name(BlsReader::grub, name)) {
            continue;
        }
        const auto text = root.read(fmt::format("{}/{}", kBlsDirectory, name));
        if (text) {
            files.push_back(parse_bls_file(BlsReader::grub, name, *text));
        } else {
            warnings.push_back(text.error().what);
        }
    }
    const auto variables = read_grub_environment(root);
    if (!variables) {
        warnings.push_back(variables.error().what);
    }
    auto menu = bls_entries(std::move(files), variables.value_or(GrubVariables()));
    menu.warnings.insert(menu.warnings.begin(), warnings.begin(), warnings.end());
    return menu;
}

std::vector<std::string> used_variables(const std::vector<MenuEntry>& entries) {
    std::vector<std::string> used;
    for (const auto& entry : entries) {
        for (const auto& token :
             tokenize_script(fmt::format("{}", fmt::join(entry.body, " "))).tokens) {
            const std::string_view word = token.text;
            for (auto at = word.find('$'); at != std::string_view::npos;
                 at = word.find('$', at + 1)) {
                auto name = word.substr(at + 1);
                name.remove_prefix(name.starts_with('{') ? 1 : 0);
                const auto* const end =
                    std::find_if_not(name.begin(), name.end(), is_name_character);
                name = name.substr(0, static_cast<std::size_t>(end - name.begin()));
                const bool ours = name.empty() || name == "root" || name == kBootVariable;
                if (!ours && std::find(used.begin(), used.end(), name) == used.end()) {
                    used.emplace_back(name);
                }
            }
        }
    }
    return used;
}

}  // namespace early_bind
