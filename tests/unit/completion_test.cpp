// SPDX-License-Identifier: MIT
#include "early-bind/completion.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using test::address;
using test::MachineBuilder;
using Texts = std::vector<std::string>;

constexpr std::uint32_t kVga = 0x030000;

MachineBuilder machine(const std::string& driver) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(4).driver(driver);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(4);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x1002, 0x73bf, kVga).group(5);
    return m;
}

/// What a boot without vfio-pci left: two functions wait, a third one's group failed.
Report deferred() {
    const auto inventory = machine("").inventory();
    Report report;
    report.profile = "keep-amd-67df";
    report.revision = "0123abcd";
    report.outcome = Outcome::deferred;
    for (const auto& function : inventory.functions()) {
        report.functions.push_back({function.address, function.identity, function.address,
                                    "xhci_hcd", "", Code::deferred});
    }
    report.functions[2].code = Code::override_failed;
    report.reasons = {{Code::moved, "moved", {}}, {Code::deferred, "deferred", {}}};
    return report;
}

Texts lines(const Plan& plan) {
    Texts out;
    for (const auto& reason : plan.reasons) {
        out.push_back(std::string(info(reason.code).name) + ": " + reason.text);
    }
    for (const auto& action : plan.actions) {
        out.push_back(to_string(plan, action));
    }
    return out;
}

TEST(Completion, BindsWhatWaits) {
    EXPECT_EQ(lines(completion(deferred(), machine("").inventory())),
              (Texts{
                  "load the module vfio-pci",
                  "0000:01:00.0: set driver_override to vfio-pci",
                  "0000:01:00.1: set driver_override to vfio-pci",
                  "0000:01:00.0: bind to vfio-pci",
                  "0000:01:00.1: bind to vfio-pci",
                  "0000:01:00.0: check that vfio-pci holds it",
                  "0000:01:00.1: check that vfio-pci holds it",
              }));
}

TEST(Completion, WhatVfioTookByItselfIsOnlyChecked) {
    const auto plan = completion(deferred(), machine("vfio-pci").inventory());
    EXPECT_EQ(plan.units[0].targets[0].driver_before, "vfio-pci");
    EXPECT_EQ(plan.actions.size(), 6U);
}

TEST(Completion, WhatAGpuDriverHasIsLeftToIt) {
    const auto made = lines(completion(deferred(), machine("nouveau").inventory()));
    EXPECT_EQ(made[0], "lost-since: 0000:01:00.0 waited for vfio-pci and is on nouveau now");
    EXPECT_EQ(made.size(), 5U) << "only 0000:01:00.1 is left";
}

TEST(Completion, WhatIsGoneIsTold) {
    auto now = machine("");
    now.remove("0000:01:00.0");
    now.remove("0000:01:00.1");
    EXPECT_EQ(lines(completion(deferred(), now.inventory())),
              (Texts{"missing: 0000:01:00.0 waited for vfio-pci and is not there any more",
                     "missing: 0000:01:00.1 waited for vfio-pci and is not there any more"}));
}

TEST(Completion, TheReportTellsTheWholeBoot) {
    Report completed;
    completed.outcome = Outcome::done;
    completed.functions = {
        {address("0000:01:00.0"), {}, std::nullopt, "vfio-pci", "vfio-pci", Code::ok},
        {address("0000:01:00.1"), {}, std::nullopt, "", "vfio-pci", Code::ok}};
    const auto whole = merged(deferred(), completed);
    EXPECT_EQ(whole.profile, "keep-amd-67df");
    EXPECT_EQ(whole.revision, "0123abcd");
    EXPECT_EQ(whole.outcome, Outcome::done);
    ASSERT_EQ(whole.functions.size(), 3U);
    EXPECT_EQ(whole.functions[0].driver_before, "xhci_hcd") << "before early-bind, not before now";
    EXPECT_EQ(whole.functions[0].driver_after, "vfio-pci");
    EXPECT_EQ(whole.functions[0].code, Code::ok);
    EXPECT_EQ(whole.functions[2].code, Code::override_failed);
    ASSERT_EQ(whole.reasons.size(), 1U);
    EXPECT_EQ(whole.reasons[0].code, Code::moved);
}

TEST(Completion, WhatStillWaitsMakesTheBootPartial) {
    Report completed;
    completed.outcome = Outcome::done;
    completed.functions = {{address("0000:01:00.0"), {}, std::nullopt, "", "vfio-pci", Code::ok}};
    EXPECT_EQ(merged(deferred(), completed).outcome, Outcome::partial);
}

}  // namespace
}  // namespace early_bind
