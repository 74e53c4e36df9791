// SPDX-License-Identifier: MIT
#include "early-bind/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kHeader = "early-bind-report 1";

constexpr std::array<std::pair<Outcome, std::string_view>, 6> kOutcomes = {{
    {Outcome::done, "done"},
    {Outcome::partial, "partial"},
    {Outcome::deferred, "deferred"},
    {Outcome::refused, "refused"},
    {Outcome::off, "off"},
    {Outcome::dry_run, "dry-run"},
}};

std::string or_dash(std::string_view text) {
    return std::string(text.empty() ? "-" : text);
}
std::string from_dash(std::string_view text) {
    return std::string(text == "-" ? "" : text);
}

/// ADDRESS LOCATION IDS SUBIDS CLASS THEN BEFORE AFTER CODE
std::optional<FunctionReport> parse_function(std::string_view value) {
    const auto words = text::split(value, ' ');
    if (words.size() != 9) {
        return std::nullopt;
    }
    const auto address = pci::parse_address(words[0]);
    const auto identity =
        pci::parse_identity(fmt::format("{} {} {} {}", words[1], words[2], words[3], words[4]));
    if (!address || !identity) {
        return std::nullopt;
    }
    return FunctionReport{*address,
                          *identity,
                          pci::parse_address(words[5]),
                          from_dash(words[6]),
                          from_dash(words[7]),
                          code_of(words[8])};
}

/// CODE DEVICES TEXT
std::optional<Reason> parse_reason(std::string_view value) {
    const auto first = value.find(' ');
    const auto second = value.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
        return std::nullopt;
    }
    Reason reason{code_of(value.substr(0, first)), std::string(value.substr(second + 1)), {}};
    for (const auto device : text::split(value.substr(first + 1, second - first - 1), ',')) {
        if (const auto address = pci::parse_address(device)) {
            reason.devices.push_back(*address);
        }
    }
    return reason;
}

std::string device_list(const std::vector<pci::Address>& devices) {
    std::string list;
    for (const auto& device : devices) {
        list += (list.empty() ? "" : ",") + to_string(device);
    }
    return or_dash(list);
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)].second;
}

std::string render_report(const Report& report) {
    auto out = fmt::format("{}\nprofile {}\nrevision {}\noutcome {}\n", kHeader,
                           or_dash(text::printable(report.profile)), or_dash(report.revision),
                           to_string(report.outcome));
    for (const auto& function : report.functions) {
        out += fmt::format(
            "function {} {} {} {} {} {}\n", to_string(function.address),
            to_string(function.identity),
            function.address_then ? to_string(*function.address_then) : std::string("-"),
            or_dash(function.driver_before), or_dash(function.driver_after),
            info(function.code).name);
    }
    for (const auto& reason : report.reasons) {
        out += fmt::format("reason {} {} {}\n", info(reason.code).name, device_list(reason.devices),
                           text::printable(reason.text));
    }
    return out;
}

Result<Report> parse_report(std::string_view text) {
    Report report;
    std::size_t number = 0;
    for (const auto line : text::split(text, '\n')) {
        ++number;
        if (number == 1) {
            if (line != kHeader) {
                return fail(fmt::format("line 1: expected `{}`", kHeader));
            }
            continue;
        }
        if (line.empty()) {
            continue;
        }
        const auto space = line.find(' ');
        const auto keyword = line.substr(0, space);
        const auto value =
            space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
        bool good = true;
        if (keyword == "profile") {
            report.profile = from_dash(value);
        } else if (keyword == "revision") {
            report.revision = from_dash(value);
        } else if (keyword == "outcome") {
            const auto found =
                std::find_if(kOutcomes.begin(), kOutcomes.end(),
                             [value](const auto& outcome) { return outcome.second == value; });
            good = found != kOutcomes.end();
            report.outcome = good ? found->first : Outcome::done;
        } else if (keyword == "function") {
            const auto function = parse_function(value);
            good = function.has_value();
            if (good) {
                report.functions.push_back(*function);
            }
        } else if (keyword == "reason") {
            const auto reason = parse_reason(value);
            good = reason.has_value();
            if (good) {
                report.reasons.push_back(*reason);
            }
        } else {
            good = false;
        }
        if (!good) {
            return fail(fmt::format("line {}: not understood", number));
        }
    }
    return report;
}

}  // namespace early_bind
