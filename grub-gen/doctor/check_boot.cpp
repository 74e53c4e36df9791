// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_boot.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kSecureBoot =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr const char* kLockdown = "sys/kernel/security/lockdown";
constexpr const char* kHugePages = "sys/kernel/mm/hugepages";
constexpr std::uint64_t kUsualSize = 2048;  ///< KiB, of x86

std::optional<std::uint64_t> parse_number(std::string_view digits) {
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
    const auto number = parse_number(text.substr(0, text.size() - 1));
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
        sum += parse_number(colon == std::string_view::npos ? piece : piece.substr(colon + 1))
                   .value_or(0);
    }
    return sum;
}

std::string size_words(std::uint64_t kib) {
    constexpr std::uint64_t kGib = 1024UL * 1024;
    if (kib % kGib == 0) {
        return fmt::format("{} GiB", kib / kGib);
    }
    return kib % 1024 == 0 ? fmt::format("{} MiB", kib / 1024) : fmt::format("{} KiB", kib);
}

HugePages given_huge_pages(const sysfs::Root& root) {
    constexpr std::string_view kPrefix = "hugepages-";
    HugePages given;
    for (const auto& name : root.list(kHugePages).value_or(std::vector<std::string>())) {
        const auto path = fmt::format("{}/{}/nr_hugepages", kHugePages, name);
        if (!name.starts_with(kPrefix) || !name.ends_with("kB")) {
            continue;
        }
        const auto size = parse_number(
            std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - 2));
        if (size) {
            given[*size] = parse_number(text::trim(root.read(path).value_or("0"))).value_or(0);
        }
    }
    return given;
}

/// Asks `early-bind status`, the one judge of that.
Findings check_layout(const Subject& subject) {
    const auto tokens = parse_tokens(subject.facts.command_line);
    if (!tokens.profile && !tokens.keep) {
        return {};
    }
    process::Options options;
    options.timeout = std::chrono::seconds(30);
    const auto outcome =
        process::run({"early-bind", "status", "--sysroot", subject.root.outside_path("")}, options);
    const auto layout = tokens.keep ? "keep=" + *tokens.keep : *tokens.profile;
    if (!outcome || outcome->status > 1) {
        return {
            {Code::skipped,
             fmt::format("whether this boot is the layout {} cannot be told: {}", layout,
                         outcome ? std::string(text::trim(outcome->err)) : outcome.error().what)}};
    }
    if (outcome->status == 1) {
        return {{Code::boot_differs, fmt::format("this boot is not the layout {} as it was asked "
                                                 "for",
                                                 layout)}};
    }
    return {{Code::boot_ok, fmt::format("this boot is the layout {}", layout)}};
}

}  // namespace

Findings judge_restrictions(std::string_view secure_boot, std::string_view lockdown) {
    Findings findings;
    if (secure_boot.size() == 5 && secure_boot.back() == 1) {
        findings.push_back({Code::secure_boot, "Secure Boot is on"});
    }
    const auto open = lockdown.find('[');
    const auto mode = open == std::string_view::npos
                          ? std::string_view()
                          : lockdown.substr(open + 1, lockdown.find(']') - open - 1);
    if (!mode.empty() && mode != "none") {
        findings.push_back({Code::lockdown, fmt::format("the kernel is locked down ({})", mode)});
    }
    return findings;
}

HugePages asked_huge_pages(std::string_view command_line, std::uint64_t default_size) {
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

Findings judge_huge_pages(const HugePages& asked, const HugePages& given) {
    Findings findings;
    std::vector<std::string> fine;
    for (const auto& [size, number] : asked) {
        const auto found = given.find(size);
        const auto got = found == given.end() ? 0 : found->second;
        if (got < number) {
            findings.push_back(
                {Code::hugepages_short,
                 fmt::format("the kernel gave {} of the {} huge pages of {} that this boot asked "
                             "for",
                             got, number, size_words(size))});
        } else {
            fine.push_back(fmt::format("{} of {}", number, size_words(size)));
        }
    }
    if (findings.empty() && !fine.empty()) {
        findings.push_back({Code::hugepages_ok, fmt::format("the kernel gave all huge pages: {}",
                                                            text::join_words(fine))});
    }
    return findings;
}

Findings check_boot(const Subject& subject) {
    auto findings = judge_restrictions(subject.root.read(kSecureBoot).value_or(""),
                                       subject.root.read(kLockdown).value_or(""));
    append(findings, check_layout(subject));
    append(findings, judge_huge_pages(asked_huge_pages(subject.facts.command_line, kUsualSize),
                                      given_huge_pages(subject.root)));
    return findings;
}

}  // namespace early_bind::doctor
