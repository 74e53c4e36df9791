// SPDX-License-Identifier: MIT
#include "grub-gen/doctor/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace early_bind::doctor {
namespace {

using nlohmann::ordered_json;

std::size_t count(const Findings& findings, Weight weight) {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(),
        [weight](const Finding& finding) { return info(finding.code).weight == weight; }));
}

std::string counted(std::size_t number, std::string_view word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

std::string section(const Findings& findings, Weight weight, std::string_view heading) {
    std::string out;
    for (const auto& finding : findings) {
        const auto& code = info(finding.code);
        if (code.weight != weight) {
            continue;
        }
        out += fmt::format("\n  {}: {}\n", code.name, text::printable(finding.what));
        out += fmt::format("      why:  {}\n      mend: {}\n", code.why, code.mend);
    }
    return out.empty() ? out : fmt::format("{}\n{}\n", heading, out);
}

std::string fine(const Findings& findings) {
    std::string out;
    for (const auto& finding : findings) {
        if (info(finding.code).weight == Weight::ok) {
            out += fmt::format("  {}\n", text::printable(finding.what));
        }
    }
    return out.empty() ? out : fmt::format("Fine\n\n{}\n", out);
}

}  // namespace

bool is_healthy(const Findings& findings) {
    return count(findings, Weight::problem) + count(findings, Weight::warning) == 0;
}

std::string render_report(const Findings& findings) {
    const auto problems = count(findings, Weight::problem);
    const auto warnings = count(findings, Weight::warning);
    const auto notes = count(findings, Weight::note);
    return section(findings, Weight::problem, "Problems") +
           section(findings, Weight::warning, "Warnings") +
           section(findings, Weight::note, "Notes") + fine(findings) +
           (is_healthy(findings)
                ? fmt::format("Nothing is wrong; {}.\n", counted(notes, "note"))
                : fmt::format("{}, {}, {}.\n", counted(problems, "problem"),
                              counted(warnings, "warning"), counted(notes, "note")));
}

std::string render_report_json(const Findings& findings) {
    ordered_json json;
    json["schema"] = 1;
    json["healthy"] = is_healthy(findings);
    json["findings"] = ordered_json::array();
    for (const auto& finding : findings) {
        const auto& code = info(finding.code);
        ordered_json entry;
        entry["code"] = code.name;
        entry["weight"] = to_string(code.weight);
        entry["what"] = text::printable(finding.what);
        entry["why"] = code.why.empty() ? ordered_json() : ordered_json(code.why);
        entry["mend"] = code.mend.empty() ? ordered_json() : ordered_json(code.mend);
        json["findings"].push_back(std::move(entry));
    }
    return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace early_bind::doctor
