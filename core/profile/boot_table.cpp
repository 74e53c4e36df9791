// SPDX-License-Identifier: MIT
#include "core/profile/boot_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kHeader = "early-bind-table 1";

// Bounds that no real machine comes near, so that a damaged file cannot ask for much.
constexpr std::size_t kMaxRecords = 4096;

std::string function_record(std::string_view keyword, const TableFunction& function) {
    return fmt::format("{} {} {}\n", keyword, to_string(function.identity),
                       to_string(function.address));
}

std::optional<TableFunction> parse_function(std::string_view text) {
    const auto space = text.rfind(' ');
    if (space == std::string_view::npos) {
        return std::nullopt;
    }
    const auto identity = pci::parse_identity(text.substr(0, space));
    const auto address = pci::parse_address(text.substr(space + 1));
    if (!identity || !address) {
        return std::nullopt;
    }
    return TableFunction{*identity, *address};
}

std::optional<std::size_t> parse_number(std::string_view text) {
    std::size_t number = 0;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || stop != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// The records that follow a profile's.
constexpr std::array<std::string_view, 9> kProfileDetails = {
    "keep", "pass", "also", "title", "hidden", "argument", "framebuffer", "d3cold_allowed", "zram"};

/// "4096 zstd" or "4096".
std::optional<Zram> parse_zram(std::string_view text) {
    const auto words = text::split(text, ' ');
    const auto size = parse_number(words.front());
    if (!size || *size == 0 || words.size() > 2 ||
        (words.size() == 2 && !is_zram_algorithm(words[1]))) {
        return std::nullopt;
    }
    return Zram{*size, words.size() == 2 ? std::string(words[1]) : std::string()};
}

/// Reads record after record into a table.
class Parser {
  public:
    /// Returns what is wrong with the record, empty when nothing is.
    std::string record(std::string_view keyword, std::string_view value) {
        if (++records_ > kMaxRecords) {
            return fmt::format("more than {} records", kMaxRecords);
        }
        if (keyword == "gpu") {
            table_.gpus.push_back({std::string(value), {}});
            return {};
        }
        if (keyword == "function" || keyword == "static" || keyword == "device" ||
            keyword == "guarded") {
            return function(keyword, value);
        }
        if (keyword == "profile") {
            return profile(value);
        }
        if (std::find(kProfileDetails.begin(), kProfileDetails.end(), keyword) !=
            kProfileDetails.end()) {
            return profile_detail(keyword, value);
        }
        if (keyword == "deadline") {
            return deadline(value);
        }
        return fmt::format("unknown record `{}`", text::printable(keyword.substr(0, 32)));
    }

    /// What only the whole table can tell.
    [[nodiscard]] std::string finish() const {
        for (const auto& gpu : table_.gpus) {
            if (gpu.functions.empty()) {
                return fmt::format("the GPU {} has no function", gpu.name);
            }
        }
        return {};
    }

    [[nodiscard]] BootTable& table() { return table_; }

  private:
    std::string function(std::string_view keyword, std::string_view value) {
        const auto function = parse_function(value);
        if (!function) {
            return fmt::format("`{}` needs location, ids, subsystem ids, class and address",
                               keyword);
        }
        if (keyword == "static") {
            table_.statics.push_back(*function);
        } else if (keyword == "device") {
            table_.devices.push_back(*function);
        } else if (keyword == "guarded") {
            table_.guarded.push_back(*function);
        } else if (table_.gpus.empty()) {
            return "`function` before any `gpu`";
        } else {
            table_.gpus.back().functions.push_back(*function);
        }
        return {};
    }

    std::string profile(std::string_view value) {
        const auto words = text::split(value, ' ');
        const auto status = words.size() == 2 ? parse_status(words[1]) : std::nullopt;
        if (!status || !is_profile_name(words[0])) {
            return "`profile` needs a name and a status";
        }
        if (table_.find(words[0]) != nullptr) {
            return fmt::format("the profile {} is there twice", words[0]);
        }
        TableProfile profile;
        profile.name = words[0];
        profile.status = *status;
        table_.profiles.push_back(std::move(profile));
        return {};
    }

    std::string profile_detail(std::string_view keyword, std::string_view value) {
        if (table_.profiles.empty()) {
            return fmt::format("`{}` before any `profile`", keyword);
        }
        auto& profile = table_.profiles.back();
        if (keyword == "argument") {
            profile.arguments.emplace_back(value);
            return {};
        }
        if (keyword == "title") {
            profile.title = value;
            return value.empty() ? "`title` needs a text" : "";
        }
        if (keyword == "hidden") {
            profile.hidden = true;
            return value.empty() ? "" : "`hidden` stands alone";
        }
        if (keyword == "zram") {
            profile.zram = parse_zram(value);
            return profile.zram ? "" : "`zram` needs a size in MiB and may have an algorithm";
        }
        if (keyword == "framebuffer") {
            profile.keep_framebuffer = value == "keep";
            return value == "keep" ? "" : "`framebuffer` needs `keep`";
        }
        if (keyword == "d3cold_allowed") {
            profile.d3cold_allowed = value == "1";
            return value == "0" || value == "1" ? "" : "`d3cold_allowed` needs 0 or 1";
        }
        return keyword == "also" ? device(profile, value) : gpu(profile, keyword, value);
    }

    std::string device(TableProfile& profile, std::string_view value) const {
        const auto number = parse_number(value);
        if (!number || *number >= table_.devices.size()) {
            return fmt::format("`also` needs the number of a device, 0 to {}",
                               table_.devices.empty() ? 0 : table_.devices.size() - 1);
        }
        profile.devices.push_back(*number);
        return {};
    }

    std::string gpu(TableProfile& profile, std::string_view keyword, std::string_view value) const {
        const auto number = parse_number(value);
        if (!number || *number >= table_.gpus.size()) {
            return fmt::format("`{}` needs the number of a GPU, 0 to {}", keyword,
                               table_.gpus.empty() ? 0 : table_.gpus.size() - 1);
        }
        for (const auto* list : {&profile.keep, &profile.pass}) {
            if (std::find(list->begin(), list->end(), *number) != list->end()) {
                return fmt::format("the profile {} has the GPU {} already", profile.name, *number);
            }
        }
        (keyword == "keep" ? profile.keep : profile.pass).push_back(*number);
        return {};
    }

    std::string deadline(std::string_view value) {
        const auto seconds = parse_number(value);
        if (!seconds || *seconds == 0 || *seconds > kLongestDeadline) {
            return fmt::format("`deadline` needs a number of seconds, 1 to {}", kLongestDeadline);
        }
        table_.deadline = static_cast<unsigned>(*seconds);
        return {};
    }

    BootTable table_;
    std::size_t records_ = 0;
};

}  // namespace

bool is_zram_algorithm(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

const TableProfile* BootTable::find(std::string_view profile) const {
    const auto found = std::find_if(profiles.begin(), profiles.end(),
                                    [profile](const TableProfile& p) { return p.name == profile; });
    return found == profiles.end() ? nullptr : &*found;
}

std::string render_boot_table(BootTable& table) {
    std::string out = fmt::format("{}\n", kHeader);
    for (const auto& gpu : table.gpus) {
        out += fmt::format("gpu {}\n", text::printable(gpu.name));
        for (const auto& function : gpu.functions) {
            out += function_record("function", function);
        }
    }
    for (const auto& function : table.statics) {
        out += function_record("static", function);
    }
    for (const auto& function : table.devices) {
        out += function_record("device", function);
    }
    for (const auto& function : table.guarded) {
        out += function_record("guarded", function);
    }
    for (const auto& profile : table.profiles) {
        out += fmt::format("profile {} {}\n", profile.name, to_string(profile.status));
        for (const auto gpu : profile.keep) {
            out += fmt::format("keep {}\n", gpu);
        }
        for (const auto gpu : profile.pass) {
            out += fmt::format("pass {}\n", gpu);
        }
        for (const auto device : profile.devices) {
            out += fmt::format("also {}\n", device);
        }
        if (!profile.title.empty()) {
            out += fmt::format("title {}\n", text::printable(profile.title));
        }
        if (profile.hidden) {
            out += "hidden\n";
        }
        for (const auto& argument : profile.arguments) {
            out += fmt::format("argument {}\n", text::printable(argument));
        }
        if (profile.keep_framebuffer) {
            out += "framebuffer keep\n";
        }
        if (profile.d3cold_allowed) {
            out += fmt::format("d3cold_allowed {}\n", *profile.d3cold_allowed ? 1 : 0);
        }
        if (profile.zram) {
            out += fmt::format("zram {}{}{}\n", profile.zram->mebibytes,
                               profile.zram->algorithm.empty() ? "" : " ", profile.zram->algorithm);
        }
    }
    if (table.deadline != kDefaultDeadline) {
        out += fmt::format("deadline {}\n", table.deadline);
    }
    table.revision = fmt::format("{:08x}", text::crc32(out));
    out += fmt::format("revision {}\n", table.revision);
    return out;
}

Result<BootTable> parse_boot_table(std::string_view text) {
    if (text.size() > kBootTableLimit) {
        return fail(fmt::format("larger than {} bytes", kBootTableLimit));
    }
    if (!text.starts_with(std::string(kHeader) + "\n")) {
        return fail(fmt::format("line 1: expected `{}`", kHeader));
    }
    Parser parser;
    std::size_t offset = 0;
    std::size_t line_number = 0;
    bool ended = false;
    while (offset < text.size()) {
        ++line_number;
        const auto end = text.find('\n', offset);
        if (end == std::string_view::npos) {
            return fail(
                fmt::format("line {}: the line does not end, the file is cut off", line_number));
        }
        const auto line = text.substr(offset, end - offset);
        const auto space = line.find(' ');
        const auto keyword = line.substr(0, space);
        const auto value =
            space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
        if (ended) {
            return fail(fmt::format("line {}: text after the revision", line_number));
        }
        if (keyword == "revision") {
            const auto sum = fmt::format("{:08x}", text::crc32(text.substr(0, offset)));
            if (value != sum) {
                return fail(fmt::format("line {}: the checksum is {}, the revision line says {}",
                                        line_number, sum, text::printable(value.substr(0, 32))));
            }
            parser.table().revision = sum;
            ended = true;
        } else if (line_number > 1) {
            if (const auto wrong = parser.record(keyword, value); !wrong.empty()) {
                return fail(fmt::format("line {}: {}", line_number, wrong));
            }
        }
        offset = end + 1;
    }
    if (!ended) {
        return fail(fmt::format("line {}: no revision line, the file is cut off", line_number));
    }
    if (const auto wrong = parser.finish(); !wrong.empty()) {
        return fail(wrong);
    }
    return std::move(parser.table());
}

}  // namespace early_bind
