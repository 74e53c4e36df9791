// SPDX-License-Identifier: MIT
#include "grub-gen/loader/bls_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kSuffix = ".conf";
constexpr std::string_view kBlanks = " \t";

std::string_view without_leading_blanks(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// As the loader asks: one quotation mark alone is both ends.
bool in_quotes(std::string_view value) {
    return !value.empty() && value.front() == value.back() &&
           (value.front() == '"' || value.front() == '\'');
}

/// util.c, line_get_key_value(). A carriage return ends a line as well.
std::vector<BlsLine> systemd_boot_lines(std::string_view text) {
    std::vector<BlsLine> lines;
    while (!text.empty()) {
        const auto end = text.find_first_of("\n\r");
        const auto line = text::trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto blank = line.find_first_of(kBlanks);
        if (line.starts_with('#') || blank == std::string_view::npos) {
            continue;
        }
        auto value = without_leading_blanks(line.substr(blank));
        if (in_quotes(value)) {
            value = value.substr(1, std::max<std::size_t>(value.size(), 2) - 2);
        }
        lines.push_back({std::string(line.substr(0, blank)), std::string(value)});
    }
    return lines;
}

/// blscfg.c, read_entry(). A tab ends the key only in a line without a blank, and carriage returns
/// are dropped wherever they stand (grub_file_getline()).
std::vector<BlsLine> grub_lines(std::string_view text) {
    std::string without_returns(text);
    std::erase(without_returns, '\r');
    std::vector<BlsLine> lines;
    for (auto line : text::split(without_returns, '\n')) {
        line = without_leading_blanks(line);
        if (line.starts_with('#')) {
            continue;
        }
        auto blank = line.find(' ');
        if (blank == std::string_view::npos) {
            blank = line.find('\t');
        }
        if (blank == std::string_view::npos || blank + 1 == line.size()) {
            break;
        }
        lines.push_back({std::string(line.substr(0, blank)),
                         std::string(without_leading_blanks(line.substr(blank + 1)))});
    }
    return lines;
}

/// A number at the front of `text`, which it is taken off.
std::optional<unsigned> take_number(std::string_view& text) {
    unsigned number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number);
    if (code != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

/// boot.c, boot_entry_parse_tries(): the last "+" begins the counters, which end the name.
void take_counters(BlsFile& file) {
    const auto plus = file.id.rfind('+');
    if (plus == std::string::npos) {
        return;
    }
    auto rest = std::string_view(file.id).substr(plus + 1);
    const auto left = take_number(rest);
    std::optional<unsigned> done = 0;
    if (left && rest.starts_with('-')) {
        rest.remove_prefix(1);
        done = take_number(rest);
    }
    if (!left || !done || !rest.empty()) {
        return;
    }
    file.tries_left = left;
    file.tries_done = *done;
    file.id.resize(plus);
}

}  // namespace

std::string BlsFile::value(std::string_view key) const {
    const auto all = values(key);
    if (all.empty()) {
        return {};
    }
    if (reader == BlsReader::grub) {
        return all.front();
    }
    return key == "options" ? fmt::format("{}", fmt::join(all, " ")) : all.back();
}

std::vector<std::string> BlsFile::values(std::string_view key) const {
    std::vector<std::string> all;
    for (const auto& line : lines) {
        if (line.key == key) {
            all.push_back(line.value);
        }
    }
    return all;
}

bool BlsFile::has(std::string_view key) const {
    return std::any_of(lines.begin(), lines.end(),
                       [key](const BlsLine& line) { return line.key == key; });
}

bool is_bls_name(BlsReader reader, std::string_view name) {
    if (reader == BlsReader::grub) {
        return name.size() > kSuffix.size() && name.ends_with(kSuffix) && !name.starts_with('.');
    }
    const auto lower = text::lower_case(name);
    return lower.ends_with(kSuffix) && !lower.starts_with('.') && !lower.starts_with("auto-");
}

BlsFile parse_bls_file(BlsReader reader, std::string_view name, std::string_view text) {
    BlsFile file;
    file.reader = reader;
    file.name = name;
    file.id = name;
    if (text::lower_case(name).ends_with(kSuffix)) {
        file.id.resize(name.size() - kSuffix.size());
    }
    if (reader == BlsReader::grub) {
        file.lines = grub_lines(text);
    } else {
        file.lines = systemd_boot_lines(text);
        take_counters(file);
    }
    return file;
}

std::string render_bls_file(const BlsFile& file) {
    std::string text;
    for (const auto& [key, value] : file.lines) {
        const bool quote = file.reader == BlsReader::systemd_boot && in_quotes(value);
        text += fmt::format("{:<10} {}{}{}\n", key, quote ? "\"" : "", value, quote ? "\"" : "");
    }
    return text;
}

}  // namespace early_bind
