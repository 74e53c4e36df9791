// SPDX-License-Identifier: MIT
#include "early-bind/report.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using test::address;

Report full_report() {
    Report report;
    report.profile = "keep-amd-73bf";
    report.revision = "0123abcd";
    report.outcome = Outcome::partial;
    report.functions = {
        {address("0000:08:00.0"),
         pci::parse_identity("pci0000:00/01.0/00.0 10de:2684 1043:889a 030000").value(),
         address("0000:01:00.0"), "", "vfio-pci", Code::moved},
        {address("0000:08:00.1"),
         pci::parse_identity("pci0000:00/01.0/00.1 10de:22ba 1043:889a 040300").value(),
         std::nullopt, "snd_hda_intel", "", Code::bind_failed},
    };
    report.reasons = {
        {Code::moved, "GPU (0000:01:00.0) is at 0000:08:00.0 now", {address("0000:08:00.0")}},
        {Code::internal, "no device here", {}},
        {Code::kept_in_closure, "two", {address("0000:01:00.0"), address("10000:e1:00.0")}},
    };
    return report;
}

constexpr const char* kText =
    "early-bind-report 1\n"
    "profile keep-amd-73bf\n"
    "revision 0123abcd\n"
    "outcome partial\n"
    "function 0000:08:00.0 pci0000:00/01.0/00.0 10de:2684 1043:889a 030000 0000:01:00.0 - vfio-pci "
    "moved\n"
    "function 0000:08:00.1 pci0000:00/01.0/00.1 10de:22ba 1043:889a 040300 - snd_hda_intel - "
    "bind-failed\n"
    "reason moved 0000:08:00.0 GPU (0000:01:00.0) is at 0000:08:00.0 now\n"
    "reason internal - no device here\n"
    "reason kept-in-closure 0000:01:00.0,10000:e1:00.0 two\n"
    "end\n";

TEST(Report, IsLinesOfText) {
    EXPECT_EQ(render_report(full_report()), kText);
}

TEST(Report, IsReadAsItWasWritten) {
    const auto report = parse_report(kText);
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_EQ(render_report(*report), kText);
    EXPECT_EQ(report->reasons, full_report().reasons);
    EXPECT_EQ(report->functions[0].address_then, address("0000:01:00.0"));
    EXPECT_EQ(report->functions[1].address_then, std::nullopt);
    EXPECT_EQ(report->functions[1].driver_before, "snd_hda_intel");
    EXPECT_EQ(report->functions[1].driver_after, "");
}

TEST(Report, AnEmptyOneComesBackEmpty) {
    const auto text = render_report(Report());
    EXPECT_EQ(text, "early-bind-report 1\nprofile -\nrevision -\noutcome done\nend\n");
    const auto report = parse_report(text).value();
    EXPECT_EQ(report.profile, "");
    EXPECT_EQ(report.revision, "");
    EXPECT_TRUE(report.functions.empty());
    EXPECT_TRUE(report.reasons.empty());
}

TEST(Report, EveryOutcomeComesBack) {
    for (const auto outcome : {Outcome::done, Outcome::partial, Outcome::deferred, Outcome::refused,
                               Outcome::off, Outcome::dry_run}) {
        Report report;
        report.outcome = outcome;
        EXPECT_EQ(parse_report(render_report(report))->outcome, outcome) << to_string(outcome);
    }
}

TEST(Report, WhatCameFromTheCommandLineCannotForgeALine) {
    Report report;
    report.profile = "a\noutcome done";
    report.outcome = Outcome::refused;
    report.reasons = {{Code::token_invalid, "`a\nfunction x` is no name", {}}};
    const auto read = parse_report(render_report(report)).value();
    EXPECT_EQ(read.outcome, Outcome::refused);
    EXPECT_EQ(read.profile, "a outcome done");
    EXPECT_EQ(read.reasons[0].text, "`a function x` is no name");
}

TEST(Report, DamageIsNamedByItsLine) {
    struct Case {
        std::string text;
        const char* error;
    };
    const std::string head = "early-bind-report 1\n";
    for (const auto& [text, error] : {
             Case{"", "line 1: expected `early-bind-report 1`"},
             Case{"early-bind-report 2\n", "line 1: expected `early-bind-report 1`"},
             Case{"early-bind-report", "line 1: expected `early-bind-report 1`"},
             Case{head + "nonsense\n", "line 2: not understood"},
             Case{head + "profile a\noutcome great\n", "line 3: not understood"},
             Case{head + "outcome\n", "line 2: not understood"},
             Case{head + "function 0000:08:00.0\n", "line 2: not understood"},
             Case{
                 head + "function 0000:08:00 pci0000:00/01.0 10de:2684 1043:889a 030000 - - - ok\n",
                 "line 2: not understood"},
             Case{head + "function 0000:08:00.0 01.0 10de:2684 1043:889a 030000 - - - ok\n",
                  "line 2: not understood"},
             Case{head + "reason ok\n", "line 2: not understood"},
             Case{head + "reason ok -\n", "line 2: not understood"},
             Case{head + "outcome done\n", "no line `end`: the report is cut off"},
             Case{head + "end\nprofile a\n", "line 3: text after the end"},
         }) {
        const auto report = parse_report(text);
        ASSERT_FALSE(report) << text;
        EXPECT_EQ(report.error().what, error);
    }
}

TEST(Report, CutAnywhereItIsRefused) {
    const std::string whole = kText;
    for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
        EXPECT_FALSE(parse_report(whole.substr(0, length))) << length;
    }
}

TEST(Report, ADriversNameMayHaveABlank) {
    Report report = full_report();
    report.functions[1].driver_before = "Intel HD Audio";
    const auto text = render_report(report);
    EXPECT_NE(text.find(" Intel\\040HD\\040Audio - bind-failed\n"), text.npos);
    EXPECT_EQ(parse_report(text)->functions[1].driver_before, "Intel HD Audio");
}

TEST(Report, EveryCodeOfAFunctionHasASentence) {
    FunctionReport function{address("0000:08:00.0"), {}, std::nullopt, "", "vfio-pci", Code::ok};
    EXPECT_EQ(sentence(function), "vfio-pci holds 0000:08:00.0");
    function.code = Code::moved;
    EXPECT_EQ(sentence(function),
              "vfio-pci holds 0000:08:00.0, which is in another place than before");
    function.driver_after = "";
    function.code = Code::deferred;
    EXPECT_EQ(sentence(function),
              "0000:08:00.0 waits for vfio-pci, and no other driver can have it");
    function.code = Code::deadline;
    EXPECT_EQ(sentence(function),
              "0000:08:00.0 was given up with its group when the time was over");
    function.code = Code::group_undone;
    EXPECT_EQ(sentence(function),
              "0000:08:00.0 was given back, since another function of its group failed");
    function.code = Code::bind_failed;
    EXPECT_EQ(sentence(function),
              "0000:08:00.0 did not go to vfio-pci: no driver had it at the end");
    function.driver_after = "xhci_hcd";
    EXPECT_EQ(sentence(function),
              "0000:08:00.0 did not go to vfio-pci: xhci_hcd had it at the end");
}

TEST(Report, AnUnknownCodeOfANewerVersionIsInternal) {
    EXPECT_EQ(parse_report("early-bind-report 1\nreason brand-new - text\nend\n")->reasons[0].code,
              Code::internal);
}

}  // namespace
}  // namespace early_bind
