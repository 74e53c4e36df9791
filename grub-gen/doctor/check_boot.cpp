// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/check_boot.hpp"

#include <fmt/core.h>

#include "core/cmdline/cmdline.hpp"
#include "core/text.hpp"
#include "grub-gen/process.hpp"

namespace early_bind::doctor {
namespace {

constexpr const char* kSecureBoot =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr const char* kLockdown = "sys/kernel/security/lockdown";

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
                             got, number, page_size_words(size))});
        } else {
            fine.push_back(fmt::format("{} of {}", number, page_size_words(size)));
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
    append(findings, judge_huge_pages(asked_huge_pages(subject.facts.command_line),
                                      given_huge_pages(subject.root)));
    return findings;
}

}  // namespace early_bind::doctor
