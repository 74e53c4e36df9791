// SPDX-License-Identifier: MIT
#include "early-bind/options.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using Words = std::vector<std::string>;

std::string error_of(const Words& words) {
    const auto options = parse_options(words);
    return options ? "none" : options.error().what;
}

TEST(Options, ACommandAloneIsEnough) {
    EXPECT_EQ(parse_options({"boot"})->command, BootCommand::boot);
    EXPECT_EQ(parse_options({"plan"})->command, BootCommand::plan);
    EXPECT_EQ(parse_options({"status"})->command, BootCommand::status);
    const auto options = parse_options({"boot"}).value();
    EXPECT_EQ(options.sysroot, "/");
    EXPECT_EQ(options.profile, std::nullopt);
    EXPECT_FALSE(options.json);
}

TEST(Options, TakeTheirValueAfterABlankOrAnEqualsSign) {
    for (const auto& words : {Words{"plan", "--profile", "a=b", "--sysroot", "/x", "--json"},
                              Words{"--json", "--sysroot=/x", "--profile=a=b", "plan"}}) {
        const auto options = parse_options(words).value();
        EXPECT_EQ(options.command, BootCommand::plan);
        EXPECT_EQ(options.sysroot, "/x");
        EXPECT_EQ(options.profile, "a=b");
        EXPECT_TRUE(options.json);
    }
}

TEST(Options, WhatIsBehindACommandOfTheBootedSystemIsNotRead) {
    for (const auto& words : {Words{"bind", "--frobnicate"}, Words{"--sysroot=/x", "rom", "a", "b"},
                              Words{"groups", "--help"}}) {
        EXPECT_EQ(parse_options(words)->command, BootCommand::host) << words.front();
    }
    EXPECT_EQ(error_of({"plan", "groups"}),
              "`groups` is not understood here; see early-bind --help");
}

TEST(Options, HelpAndVersionWinOverWhatFollows) {
    EXPECT_EQ(parse_options({"--help"})->command, BootCommand::help);
    EXPECT_EQ(parse_options({"-h"})->command, BootCommand::help);
    EXPECT_EQ(parse_options({"plan", "--help", "nonsense"})->command, BootCommand::help);
    EXPECT_EQ(parse_options({"--version"})->command, BootCommand::version);
}

TEST(Options, ErrorsSayWhatIsRight) {
    struct Case {
        Words words;
        const char* error;
    };
    for (const auto& [words, error] : {
             Case{{},
                  "a command is missing: boot, plan, status, late, complete or confirm; see "
                  "early-bind "
                  "--help"},
             Case{{"--json"},
                  "a command is missing: boot, plan, status, late, complete or confirm; see "
                  "early-bind "
                  "--help"},
             Case{{"bot"}, "`bot` is not understood here; see early-bind --help"},
             Case{{""}, "`` is not understood here; see early-bind --help"},
             Case{{"plan", "plan"}, "`plan` is not understood here; see early-bind --help"},
             Case{{"plan", "keep-amd"}, "`keep-amd` is not understood here; see early-bind --help"},
             Case{{"plan", "--profil=a"},
                  "`--profil=a` is not understood here; see early-bind --help"},
             Case{{"plan", "-p"}, "`-p` is not understood here; see early-bind --help"},
             Case{{"plan", "--"}, "`--` is not understood here; see early-bind --help"},
             Case{{"plan", "a\x1b[2J"}, "`a [2J` is not understood here; see early-bind --help"},
             Case{{"plan", "--profile"}, "--profile needs a value; see early-bind --help"},
             Case{{"plan", "--profile="}, "--profile needs a value; see early-bind --help"},
             Case{{"plan", "--profile", ""}, "--profile needs a value; see early-bind --help"},
             Case{{"plan", "--sysroot"}, "--sysroot needs a value; see early-bind --help"},
             Case{{"status", "--json=no"},
                  "`--json=no` is not understood here; see early-bind --help"},
             Case{{"--help=x"}, "`--help=x` is not understood here; see early-bind --help"},
         }) {
        EXPECT_EQ(error_of(words), error);
    }
}

TEST(Help, NamesEveryCommandAndOption) {
    for (const char* word : {"  boot ", "  plan ", "  status ", "--profile NAME", "--json",
                             "--sysroot DIR", "--help", "--version"}) {
        EXPECT_NE(kHelp.find(word), kHelp.npos) << word;
    }
}

TEST(Version, IsOneLine) {
    EXPECT_TRUE(version_line().starts_with("early-bind 0"));
    EXPECT_EQ(version_line().find('\n'), version_line().size() - 1);
}

Plan small_plan() {
    Plan plan;
    plan.profile = "keep-amd-73bf";
    plan.keep = {"AMD Radeon RX 6900 XT"};
    plan.units = {{10, {{test::address("0000:01:00.0"), {}, std::nullopt, "snd_hda_intel"}}}};
    plan.actions = {{ActionKind::load_module, 0, 0},
                    {ActionKind::set_override, 0, 0},
                    {ActionKind::unbind, 0, 0},
                    {ActionKind::bind, 0, 0},
                    {ActionKind::verify, 0, 0}};
    return plan;
}

TEST(RenderPlan, PrintsTheSentencesOfTheLog) {
    EXPECT_EQ(render_plan(small_plan()),
              "profile keep-amd-73bf\n"
              "the host keeps AMD Radeon RX 6900 XT\n"
              "  load the module vfio-pci\n"
              "  0000:01:00.0: set driver_override to vfio-pci\n"
              "  0000:01:00.0: unbind from snd_hda_intel\n"
              "  0000:01:00.0: bind to vfio-pci\n"
              "  0000:01:00.0: check that vfio-pci holds it\n");
}

TEST(RenderPlan, SaysWhyItIsRefusedAndWhatToDo) {
    Plan plan;
    plan.profile = "pass-all";
    plan.refused = true;
    plan.reasons = {
        {Code::file_system_guard, "0000:01:00.0 carries a file system of the host", {}}};
    EXPECT_EQ(render_plan(plan),
              "profile pass-all\n"
              "file-system-guard: 0000:01:00.0 carries a file system of the host\n"
              "    next: move the card or the disk to another slot\n"
              "refused: nothing of the profile would be bound\n"
              "nothing to do\n");
}

TEST(RenderPlan, AnEmptyStaticSetHasNothingToDo) {
    EXPECT_EQ(render_plan(Plan()), "static set alone\nnothing to do\n");
}

}  // namespace
}  // namespace early_bind
