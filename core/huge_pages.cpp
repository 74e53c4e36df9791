// SPDX-License-Identifier: MIT
#include "core/huge_pages.hpp"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <vector>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr const char* kHugePages = "sys/kernel/mm/hugepages";
constexpr std::uint64_t kUsualSize = 2048;  ///< KiB, of x86

std::optional<std::uint64_t> parse_count(std::string_view digits) {
    std::uint64_t value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, value);
    return code == std::errc{} && stop == end && !digits.empty()
               ? std::optional<std::uint64_t>(value)
               : std::nullopt;
}

/// "1G", "2M" or "64K" in KiB.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto number = parse_count(text.substr(0, text.size() - 1));
    switch (text.back()) {
        case 'G':
        case 'g':
            return number ? std::optional<std::uint64_t>(*number * 1024 * 1024) : std::nullopt;
        case 'M':
        case 'm':
            return number ? std::optional<std::uint64_t>(*number * 1024) : std::nullopt;
        case 'K':
        case 'k':
            return number;
        default:
            return std::nullopt;
    }
}

/// "16", or "0:8,1:8" for nodes, as a sum.
std::uint64_t parse_pages(std::string_view text) {
    std::uint64_t sum = 0;
    for (const auto piece : text::split(text, ',')) {
        const auto colon = piece.find(':');
        sum += parse_count(colon == std::string_view::npos ? piece : piece.substr(colon + 1))
                   .value_or(0);
    }
    return sum;
}

}  // namespace

HugePages asked_huge_pages(std::string_view command_line) {
    std::uint64_t default_size = kUsualSize;
    const auto arguments = parse_command_line(command_line);
    if (const auto size = last_value(arguments, "default_hugepagesz")) {
        default_size = parse_size(*size).value_or(default_size);
    }
    HugePages asked;
    std::uint64_t current = default_size;
    for (const auto& argument : arguments) {
        if (!argument.value) {
            continue;
        }
        if (argument.key == "hugepagesz" || argument.key == "default_hugepagesz") {
            current = parse_size(*argument.value).value_or(current);
        } else if (argument.key == "hugepages") {
            // The first count of a size is the one that the kernel takes.
            asked.emplace(current, parse_pages(*argument.value));
        }
    }
    return asked;
}

HugePages given_huge_pages(const sysfs::Root& root) {
    constexpr std::string_view kPrefix = "hugepages-";
    HugePages given;
    for (const auto& name : root.list(kHugePages).value_or(std::vector<std::string>())) {
        const auto path = fmt::format("{}/{}/nr_hugepages", kHugePages, name);
        if (!name.starts_with(kPrefix) || !name.ends_with("kB")) {
            continue;
        }
        const auto size = parse_count(
            std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - 2));
        if (size) {
            given[*size] = parse_count(text::trim(root.read(path).value_or("0"))).value_or(0);
        }
    }
    return given;
}

std::string page_size_words(std::uint64_t kibibytes) {
    constexpr std::uint64_t kGib = 1024UL * 1024;
    if (kibibytes % kGib == 0) {
        return fmt::format("{} GiB", kibibytes / kGib);
    }
    return kibibytes % 1024 == 0 ? fmt::format("{} MiB", kibibytes / 1024)
                                 : fmt::format("{} KiB", kibibytes);
}

}  // namespace early_bind
