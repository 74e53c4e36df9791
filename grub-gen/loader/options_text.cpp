// SPDX-License-Identifier: MIT
#include "grub-gen/loader/options_text.hpp"

#include <fmt/format.h>

#include "core/cmdline/cmdline.hpp"

namespace early_bind {
namespace {

/// Where the kernel's part of a command line ends: at the blank before a lone `--`, or at the end.
std::size_t end_of_kernel_part(std::string_view options) {
    bool quoted = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == '"') {
            quoted = !quoted;
        }
        const bool begins = i == 0 || options[i - 1] == ' ';
        const auto rest = options.substr(i);
        if (!quoted && begins && (rest == "--" || rest.starts_with("-- "))) {
            return i == 0 ? 0 : i - 1;
        }
    }
    return options.size();
}

}  // namespace

std::vector<std::string> words_of(std::string_view options) {
    std::vector<std::string> words;
    for (const auto& argument : parse_command_line(options)) {
        words.push_back(argument.value ? fmt::format("{}={}", argument.key, *argument.value)
                                       : argument.key);
    }
    return words;
}

std::string with_arguments(std::string_view options, const std::vector<std::string>& arguments) {
    const auto end = end_of_kernel_part(options);
    const auto rest = options.substr(end);
    return fmt::format("{}{}{}{}{}", options.substr(0, end), end == 0 ? "" : " ",
                       fmt::join(arguments, " "), rest.empty() || rest.front() == ' ' ? "" : " ",
                       rest);
}

}  // namespace early_bind
