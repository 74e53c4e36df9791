// SPDX-License-Identifier: MIT
#include "early-bind/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::string_view kReportHeader = "early-bind-report 1";

constexpr std::array<std::pair<Outcome, std::string_view>, 6> kOutcomes = {{
    {Outcome::done, "done"},
    {Outcome::partial, "partial"},
    {Outcome::deferred, "deferred"},
    {Outcome::refused, "refused"},
    {Outcome::off, "off"},
    {Outcome::dry_run, "dry-run"},
}};

constexpr std::string_view kEnd = "end";
constexpr std::string_view kBlank = "\\040";

std::string or_dash(std::string_view text) {
    return std::string(text.empty() ? "-" : text);
}
std::string from_dash(std::string_view text) {
    return std::string(text == "-" ? "" : text);
}

/// A driver's name as one word, a blank written as /proc/mounts does.
std::string driver_word(std::string_view driver) {
    std::string word;
    for (const char c : text::printable(driver)) {
        c == ' ' ? word += kBlank : word += c;
    }
    return or_dash(word);
}

std::string driver_name(std::string_view word) {
    std::string name = from_dash(word);
    for (auto at = name.find(kBlank); at != std::string::npos; at = name.find(kBlank)) {
        name.replace(at, kBlank.size(), " ");
    }
    return name;
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
                          driver_name(words[6]),
                          driver_name(words[7]),
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

std::string sentence(const FunctionReport& function) {
    const auto address = to_string(function.address);
    const auto held = function.driver_after.empty() ? "no driver" : function.driver_after;
    switch (function.code) {
        case Code::ok:
            return fmt::format("vfio-pci holds {}", address);
        case Code::moved:
            return fmt::format("vfio-pci holds {}, which is in another place than before", address);
        case Code::deferred:
            return fmt::format("{} waits for vfio-pci, and no other driver can have it", address);
        case Code::deadline:
            return fmt::format("{} was given up with its group when the time was over", address);
        case Code::group_undone:
            return fmt::format("{} was given back, since another function of its group failed",
                               address);
        default:
            return fmt::format("{} did not go to vfio-pci: {} had it at the end", address, held);
    }
}

std::string render_report(const Report& report) {
    auto out = fmt::format("{}\nprofile {}\nrevision {}\noutcome {}\n", kReportHeader,
                           or_dash(text::printable(report.profile)), or_dash(report.revision),
                           to_string(report.outcome));
    for (const auto& function : report.functions) {
        out += fmt::format(
            "function {} {} {} {} {} {}\n", to_string(function.address),
            to_string(function.identity),
            function.address_then ? to_string(*function.address_then) : std::string("-"),
            driver_word(function.driver_before), driver_word(function.driver_after),
            info(function.code).name);
    }
    for (const auto& reason : report.reasons) {
        out += fmt::format("reason {} {} {}\n", info(reason.code).name, device_list(reason.devices),
                           text::printable(reason.text));
    }
    return out + std::string(kEnd) + "\n";
}

Result<Report> parse_report(std::string_view text) {
    Report report;
    std::size_t number = 0;
    bool ended = false;
    for (const auto line : text::split(text, '\n')) {
        ++number;
        if (number == 1) {
            if (line != kReportHeader) {
                return fail(fmt::format("line 1: expected `{}`", kReportHeader));
            }
            continue;
        }
        if (line.empty()) {
            continue;
        }
        if (ended) {
            return fail(fmt::format("line {}: text after the end", number));
        }
        if (line == kEnd) {
            ended = true;
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
    if (!ended) {
        return fail(fmt::format("no line `{}`: the report is cut off", kEnd));
    }
    return report;
}

}  // namespace early_bind
