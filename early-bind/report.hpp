// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pci/identity.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/reason.hpp"
#include "core/result.hpp"

namespace early_bind {

/// How a boot went as a whole.
enum class Outcome {
    done,      ///< everything asked for is on vfio-pci
    partial,   ///< some of it is not
    deferred,  ///< overrides are set, vfio-pci comes with the running system
    refused,   ///< a guard said no before anything was touched
    off,       ///< early-bind.off
    dry_run,   ///< early-bind.dry-run
};

[[nodiscard]] std::string_view to_string(Outcome outcome);

/// What happened to one function that was to go to vfio-pci.
struct FunctionReport {
    pci::Address address;
    pci::Identity identity;
    std::optional<pci::Address> address_then;  ///< when the table was written
    std::string driver_before;                 ///< empty for none
    std::string driver_after;
    Code code = Code::ok;
};

/// What early-bind did in this boot. Written to /run, which survives the switch to the real root.
struct Report {
    std::string profile;   ///< empty when only the static set was asked for
    std::string revision;  ///< of the table in the initramfs, empty when there was none
    Outcome outcome = Outcome::done;
    std::vector<FunctionReport> functions;
    std::vector<Reason> reasons;
};

/// What happened to the function, in words.
[[nodiscard]] std::string sentence(const FunctionReport& function);

/// Where the report lies, relative to the root.
inline constexpr const char* kReportPath = "run/early-bind/report";

/// The report as lines of text, for people and for parse_report().
[[nodiscard]] std::string render_report(const Report& report);
[[nodiscard]] Result<Report> parse_report(std::string_view text);

}  // namespace early_bind
