// SPDX-License-Identifier: MIT
#include "grub-gen/mounts.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {
namespace {

/// The fields of a line, parted by any number of blanks and tabs.
std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r";
    std::vector<std::string_view> fields;
    for (;;) {
        const auto begin = line.find_first_not_of(kBlank);
        if (begin == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(begin);
        const auto end = line.find_first_of(kBlank);
        fields.push_back(line.substr(0, end));
        if (end == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(end);
    }
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

}  // namespace

std::string unescape_octal(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3' &&
            is_octal(text[i + 2]) && is_octal(text[i + 3])) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                       (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
    std::vector<Mount> mounts;
    for (const auto line : text::split(text, '\n')) {
        // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE SUPER-OPTIONS
        const auto fields = fields_of(line);
        const auto dash = std::find(fields.begin(), fields.end(), std::string_view("-"));
        if (dash - fields.begin() < 6 || fields.end() - dash < 3) {
            continue;
        }
        mounts.push_back({std::string(fields[2]), unescape_octal(fields[4]),
                          unescape_octal(dash[1]), unescape_octal(dash[2])});
    }
    return mounts;
}

std::vector<Swap> parse_swaps(std::string_view text) {
    std::vector<Swap> swaps;
    for (const auto line : text::split(text, '\n')) {
        const auto fields = fields_of(line);
        if (fields.size() >= 2 && fields[0].starts_with('/')) {  // the first line is a heading
            swaps.push_back({unescape_octal(fields[0]), fields[1] == "file"});
        }
    }
    return swaps;
}

std::vector<FstabEntry> parse_fstab(std::string_view text) {
    std::vector<FstabEntry> entries;
    for (const auto line : text::split(text, '\n')) {
        const auto fields = fields_of(line);
        if (fields.size() < 3 || fields[0].starts_with('#')) {
            continue;
        }
        FstabEntry entry{unescape_octal(fields[0]), unescape_octal(fields[1]),
                         std::string(fields[2]), true};
        if (fields.size() > 3) {
            for (const auto option : text::split(fields[3], ',')) {
                entry.required = entry.required && option != "noauto" && option != "nofail";
            }
        }
        while (entry.point.size() > 1 && entry.point.back() == '/') {
            entry.point.pop_back();
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

const Mount* mount_of(std::string_view path, const std::vector<Mount>& mounts) {
    const Mount* best = nullptr;
    for (const auto& mount : mounts) {
        const std::string_view point = mount.point;
        const bool above =
            point == "/" || path == point || (path.starts_with(point) && path[point.size()] == '/');
        if (above && (best == nullptr || point.size() >= best->point.size())) {
            best = &mount;
        }
    }
    return best;
}

}  // namespace early_bind
