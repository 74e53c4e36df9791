// SPDX-License-Identifier: MIT
#include "early-bind/status.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "early-bind/layout.hpp"

namespace early_bind {
namespace {

std::string or_none(const std::string& driver) {
    return driver.empty() ? "none" : driver;
}

std::string json_or_null(const std::string& text) {
    return text.empty() ? "null" : text::json_string(text);
}

bool means_nothing_bound(Outcome outcome) {
    return outcome == Outcome::off || outcome == Outcome::dry_run;
}

}  // namespace

namespace {

/// What early-bind did, and what has become of it.
void compare_functions(Comparison& comparison, const Tokens& tokens, std::optional<Report> report,
                       const pci::Inventory& inventory) {
    if (!report) {
        comparison.agrees = comparison.asked.empty() || tokens.off;
        if (!comparison.agrees) {
            comparison.reasons.push_back(
                {Code::not_run,
                 fmt::format("the profile {} was asked for, but early-bind left no report in this "
                             "boot",
                             comparison.asked),
                 {}});
        }
        return;
    }
    comparison.reasons = report->reasons;
    comparison.agrees = report->outcome == Outcome::done || means_nothing_bound(report->outcome) ||
                        report->outcome == Outcome::deferred;
    for (const auto& function : report->functions) {
        const auto* live = inventory.find(function.address);
        const auto driver = live != nullptr ? live->driver : std::string();
        comparison.now.push_back(driver);
        if (driver == "vfio-pci") {
            continue;
        }
        comparison.agrees = false;
        if (function.driver_after == "vfio-pci") {
            comparison.reasons.push_back(
                {Code::lost_since,
                 fmt::format("{} was on vfio-pci after the boot, now it is {}",
                             to_string(function.address),
                             live == nullptr  ? std::string("gone")
                             : driver.empty() ? std::string("without a driver")
                                              : "on " + driver),
                 {function.address}});
        }
    }
    comparison.report = std::move(report);
}

}  // namespace

std::string asked_now(const Tokens& tokens, const std::optional<Report>& report) {
    const bool changed =
        report && std::any_of(report->reasons.begin(), report->reasons.end(),
                              [](const Reason& reason) { return reason.code == Code::changed; });
    return changed ? report->profile : Asked{tokens.profile, tokens.keep}.name();
}

Comparison compare(const Tokens& tokens, std::optional<Report> report,
                   const pci::Inventory& inventory, std::vector<Resource> resources) {
    Comparison comparison;
    comparison.asked = asked_now(tokens, report);
    compare_functions(comparison, tokens, std::move(report), inventory);
    if (!tokens.profile) {
        return comparison;
    }
    for (const auto& resource : resources) {
        if (resource.code != Code::ok) {
            comparison.agrees = false;
            comparison.reasons.push_back({resource.code,
                                          fmt::format("{}: {} asked for, {} there", resource.name,
                                                      resource.asked, resource.now),
                                          {}});
        }
    }
    comparison.resources = std::move(resources);
    return comparison;
}

std::optional<Reason> failed_trial(const std::optional<Trial>& trial, const Tokens& tokens,
                                   std::string_view boot_id) {
    if (!trial || trial->boot_id == boot_id || tokens.profile == trial->profile) {
        return std::nullopt;
    }
    return Reason{
        Code::trial_failed,
        fmt::format("the profile {} was to be booted once, and did not come to the end of "
                    "its boot",
                    trial->profile),
        {}};
}

std::string render_status(const Comparison& comparison) {
    std::string out =
        fmt::format("profile  {}\n", comparison.asked.empty()
                                         ? std::string("none asked for on the kernel command line")
                                         : text::printable(comparison.asked));
    if (comparison.report) {
        const auto& report = *comparison.report;
        out += fmt::format("outcome  {}\n", to_string(report.outcome));
        if (!report.functions.empty()) {
            out += fmt::format("\n{:<16} {:<10} {:<16} {:<16} {}\n", "function", "ids",
                               "driver before", "driver now", "code");
        }
        for (std::size_t i = 0; i < report.functions.size(); ++i) {
            const auto& function = report.functions[i];
            out +=
                fmt::format("{:<16} {:<10} {:<16} {:<16} {}\n", to_string(function.address),
                            vendor_device(function.identity.ids), or_none(function.driver_before),
                            or_none(comparison.now[i]), info(function.code).name);
        }
    }
    if (!comparison.resources.empty()) {
        out += fmt::format("\n{:<24} {:<16} {}\n", "resource", "asked for", "now");
    }
    for (const auto& resource : comparison.resources) {
        out += fmt::format("{:<24} {:<16} {}\n", resource.name, resource.asked, resource.now);
    }
    if (!comparison.reasons.empty()) {
        out += "\n";
    }
    for (const auto& reason : comparison.reasons) {
        out += fmt::format("{}: {}\n    next: {}\n", info(reason.code).name,
                           text::printable(reason.text), info(reason.code).next);
    }
    out += fmt::format("\n{}\n", comparison.agrees ? "What was asked for is what is."
                                                   : "What was asked for is not what is.");
    return out;
}

std::string render_status_json(const Comparison& comparison) {
    std::string functions;
    if (comparison.report) {
        for (std::size_t i = 0; i < comparison.report->functions.size(); ++i) {
            const auto& function = comparison.report->functions[i];
            functions += fmt::format(
                R"({}{{"address":"{}","address_then":{},"location":"{}","ids":"{}","wanted":"vfio-pci",)"
                R"("driver_before":{},"driver_after":{},"driver_now":{},"code":"{}","text":{},"next":{}}})",
                functions.empty() ? "" : ",", to_string(function.address),
                function.address_then ? text::json_string(to_string(*function.address_then))
                                      : std::string("null"),
                function.identity.location.text(), vendor_device(function.identity.ids),
                json_or_null(function.driver_before), json_or_null(function.driver_after),
                json_or_null(comparison.now[i]), info(function.code).name,
                text::json_string(sentence(function)), text::json_string(info(function.code).next));
        }
    }
    std::string reasons;
    for (const auto& reason : comparison.reasons) {
        std::string devices;
        for (const auto& device : reason.devices) {
            devices += fmt::format("{}\"{}\"", devices.empty() ? "" : ",", to_string(device));
        }
        reasons += fmt::format(R"({}{{"code":"{}","text":{},"next":{},"devices":[{}]}})",
                               reasons.empty() ? "" : ",", info(reason.code).name,
                               text::json_string(reason.text),
                               text::json_string(info(reason.code).next), devices);
    }
    std::string resources;
    for (const auto& resource : comparison.resources) {
        resources += fmt::format(R"({}{{"name":{},"asked":{},"now":{},"code":"{}"}})",
                                 resources.empty() ? "" : ",", text::json_string(resource.name),
                                 text::json_string(resource.asked), text::json_string(resource.now),
                                 info(resource.code).name);
    }
    const bool ran = comparison.report.has_value();
    return fmt::format(
        R"({{"schema":1,"profile":{},"outcome":{},"revision":{},"agrees":{},"functions":[{}],"resources":[{}],)"
        R"("reasons":[{}]}})"
        "\n",
        json_or_null(comparison.asked),
        ran ? text::json_string(to_string(comparison.report->outcome)) : std::string("null"),
        ran ? json_or_null(comparison.report->revision) : std::string("null"), comparison.agrees,
        functions, resources, reasons);
}

}  // namespace early_bind
