// SPDX-License-Identifier: MIT
#include "early-bind/status.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using test::address;
using test::MachineBuilder;

/// A card whose GPU function is on `gpu` and whose audio function is on `audio`.
pci::Inventory machine(const char* gpu = "vfio-pci", const char* audio = "vfio-pci") {
    MachineBuilder m;
    m.add("0000:08:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).group(1).driver(gpu);
    m.add("0000:08:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(1).driver(audio);
    return m.inventory();
}

/// A boot that bound the card.
Report report(Outcome outcome = Outcome::done, const char* driver_after = "vfio-pci",
              Code code = Code::ok) {
    Report made;
    made.profile = "keep-amd-73bf";
    made.revision = "0123abcd";
    made.outcome = outcome;
    const auto inventory = machine();
    for (const auto& function : inventory.functions()) {
        made.functions.push_back({function.address, function.identity, std::nullopt,
                                  function.address.function == 0 ? "" : "snd_hda_intel",
                                  driver_after, code});
    }
    return made;
}

Report without_functions(Outcome outcome, Code code, const char* text) {
    Report made = report(outcome);
    made.functions.clear();
    made.reasons = {{code, text, {}}};
    return made;
}

Tokens asked(const char* profile = "keep-amd-73bf") {
    Tokens tokens;
    tokens.profile = profile;
    return tokens;
}

std::vector<std::string> texts(const Comparison& comparison) {
    std::vector<std::string> lines;
    for (const auto& reason : comparison.reasons) {
        lines.push_back(std::string(info(reason.code).name) + ": " + reason.text);
    }
    return lines;
}

TEST(Compare, NothingAskedAndNothingDoneAgrees) {
    const auto comparison = compare(Tokens(), std::nullopt, machine("nouveau"));
    EXPECT_TRUE(comparison.agrees);
    EXPECT_EQ(render_status(comparison),
              "profile  none asked for on the kernel command line\n"
              "\n"
              "What was asked for is what is.\n");
}

TEST(Compare, WhatWasChangedSinceTheBootIsWhatIsAskedFor) {
    auto changed = report();
    changed.profile = "keep-nvidia-2684";
    EXPECT_EQ(compare(asked(), changed, machine()).asked, "keep-amd-73bf");
    changed.reasons = {
        {Code::changed, "`early-bind switch keep-nvidia-2684` changed the layout", {}}};
    const auto comparison = compare(asked(), changed, machine());
    EXPECT_EQ(comparison.asked, "keep-nvidia-2684");
    EXPECT_TRUE(comparison.agrees);
}

TEST(Compare, AProfileThatNobodyCarriedOutDiffers) {
    const auto comparison = compare(asked(), std::nullopt, machine("nouveau"));
    EXPECT_FALSE(comparison.agrees);
    EXPECT_EQ(render_status(comparison),
              "profile  keep-amd-73bf\n"
              "\n"
              "not-run: the profile keep-amd-73bf was asked for, but early-bind left no report in "
              "this boot\n"
              "    next: run `grub-gen apply` to rebuild the initramfs, then boot the entry again\n"
              "\n"
              "What was asked for is not what is.\n");
}

TEST(Compare, SwitchedOffWithoutAReportAgrees) {
    auto tokens = asked();
    tokens.off = true;
    EXPECT_TRUE(compare(tokens, std::nullopt, machine("nouveau")).agrees);
}

TEST(Compare, EverythingOnVfioAgrees) {
    const auto comparison = compare(asked(), report(), machine());
    EXPECT_TRUE(comparison.agrees);
    EXPECT_EQ(render_status(comparison),
              "profile  keep-amd-73bf\n"
              "outcome  done\n"
              "\n"
              "function         ids        driver before    driver now       code\n"
              "0000:08:00.0     10de:2684  none             vfio-pci         ok\n"
              "0000:08:00.1     10de:22ba  snd_hda_intel    vfio-pci         ok\n"
              "\n"
              "What was asked for is what is.\n");
}

TEST(Compare, WhatWasLostSinceTheBootDiffers) {
    const auto taken = compare(asked(), report(), machine("nouveau", ""));
    EXPECT_FALSE(taken.agrees);
    EXPECT_EQ(texts(taken),
              (std::vector<std::string>{
                  "lost-since: 0000:08:00.0 was on vfio-pci after the boot, now it is on nouveau",
                  "lost-since: 0000:08:00.1 was on vfio-pci after the boot, now it is without a "
                  "driver"}));
}

TEST(Compare, AFunctionThatIsGoneDiffers) {
    MachineBuilder m;
    m.add("0000:08:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, 0x030000).driver("vfio-pci");
    const auto comparison = compare(asked(), report(), m.inventory());
    EXPECT_FALSE(comparison.agrees);
    EXPECT_EQ(texts(comparison),
              std::vector<std::string>{
                  "lost-since: 0000:08:00.1 was on vfio-pci after the boot, now it is gone"});
}

TEST(Compare, ADeferredBootAgreesOnceTheRunningSystemBoundIt) {
    const auto deferred = report(Outcome::deferred, "", Code::deferred);
    EXPECT_TRUE(compare(asked(), deferred, machine()).agrees);
    const auto waiting = compare(asked(), deferred, machine("", ""));
    EXPECT_FALSE(waiting.agrees);
    EXPECT_EQ(texts(waiting), std::vector<std::string>{}) << "nothing was lost, it never came";
}

TEST(Compare, APartialBootDiffers) {
    auto partial = report(Outcome::partial);
    partial.functions[1].driver_after = "snd_hda_intel";
    EXPECT_FALSE(compare(asked(), partial, machine("vfio-pci", "snd_hda_intel")).agrees);
}

TEST(Compare, ARefusedProfileDiffers) {
    const auto comparison =
        compare(asked(),
                without_functions(Outcome::refused, Code::profile_unknown,
                                  "the boot table has no profile keep-amd-73bf"),
                machine("nouveau"));
    EXPECT_FALSE(comparison.agrees);
    EXPECT_EQ(render_status(comparison),
              "profile  keep-amd-73bf\n"
              "outcome  refused\n"
              "\n"
              "profile-unknown: the boot table has no profile keep-amd-73bf\n"
              "    next: run `grub-gen apply` in the running system\n"
              "\n"
              "What was asked for is not what is.\n");
}

TEST(Compare, SwitchedOffAndDryRunAgree) {
    EXPECT_TRUE(
        compare(asked(), without_functions(Outcome::off, Code::off, "x"), machine("nouveau"))
            .agrees);
    EXPECT_TRUE(compare(asked(), without_functions(Outcome::dry_run, Code::dry_run, "x"),
                        machine("nouveau"))
                    .agrees);
}

TEST(Status, AnOddProfileNameIsPrintedSafely) {
    const auto comparison = compare(asked("a\x1b[2J"), std::nullopt, machine());
    EXPECT_EQ(render_status(comparison).find('\x1b'), std::string::npos);
    EXPECT_EQ(render_status_json(comparison).find('\x1b'), std::string::npos);
}

TEST(StatusJson, WithoutAReport) {
    EXPECT_EQ(render_status_json(compare(Tokens(), std::nullopt, machine())),
              R"({"schema":1,"profile":null,"outcome":null,"revision":null,"agrees":true,)"
              R"("functions":[],"resources":[],"reasons":[]})"
              "\n");
}

TEST(StatusJson, OfAWholeBoot) {
    auto made = report();
    made.functions[0].address_then = address("0000:01:00.0");
    made.functions[0].code = Code::moved;
    made.reasons = {{Code::moved, "GPU \"A\" moved", {address("0000:08:00.0")}}};
    EXPECT_EQ(
        render_status_json(compare(asked(), made, machine("vfio-pci", ""))),
        R"({"schema":1,"profile":"keep-amd-73bf","outcome":"done","revision":"0123abcd",)"
        R"("agrees":false,"functions":[)"
        R"({"address":"0000:08:00.0","address_then":"0000:01:00.0",)"
        R"("location":"pci0000:00/01.0/00.0","ids":"10de:2684","wanted":"vfio-pci",)"
        R"("driver_before":null,"driver_after":"vfio-pci","driver_now":"vfio-pci",)"
        R"("code":"moved",)"
        R"("text":"vfio-pci holds 0000:08:00.0, which is in another place than before",)"
        R"("next":"run `grub-gen apply` to record where the device is now"},)"
        R"({"address":"0000:08:00.1","address_then":null,)"
        R"("location":"pci0000:00/01.0/00.1","ids":"10de:22ba","wanted":"vfio-pci",)"
        R"("driver_before":"snd_hda_intel","driver_after":"vfio-pci","driver_now":null,)"
        R"("code":"ok","text":"vfio-pci holds 0000:08:00.1","next":"nothing to do"}],"resources":[],"reasons":[)"
        R"({"code":"moved","text":"GPU \"A\" moved",)"
        R"("next":"run `grub-gen apply` to record where the device is now",)"
        R"("devices":["0000:08:00.0"]},)"
        R"({"code":"lost-since",)"
        R"("text":"0000:08:00.1 was on vfio-pci after the boot, now it is without a driver",)"
        R"("next":"find out what unbound it; the next boot of the entry binds it again",)"
        R"("devices":["0000:08:00.1"]}]})"
        "\n");
}

std::vector<Resource> resources(Code code = Code::ok) {
    return {{"huge pages of 1 GiB", "16", code == Code::ok ? "16" : "12", code}};
}

TEST(Compare, ResourcesAreHeldAgainstWhatWasAsked) {
    const auto fine = compare(asked(), report(), machine(), resources());
    EXPECT_TRUE(fine.agrees);
    EXPECT_NE(render_status(fine).find("\nresource                 asked for        now\n"
                                       "huge pages of 1 GiB      16               16\n"),
              std::string::npos);
    const auto less = compare(asked(), report(), machine(), resources(Code::hugepages_short));
    EXPECT_FALSE(less.agrees);
    EXPECT_EQ(texts(less), std::vector<std::string>{
                               "hugepages-short: huge pages of 1 GiB: 16 asked for, 12 there"});
    EXPECT_NE(render_status_json(less).find(
                  R"("resources":[{"name":"huge pages of 1 GiB","asked":"16","now":"12",)"
                  R"("code":"hugepages-short"}])"),
              std::string::npos);
}

TEST(Compare, ResourcesOfAStockBootAreNobodysBusiness) {
    const auto comparison =
        compare(Tokens(), std::nullopt, machine("nouveau"), resources(Code::hugepages_short));
    EXPECT_TRUE(comparison.agrees);
    EXPECT_TRUE(comparison.resources.empty());
}

TEST(FailedTrial, IsToldInALaterBootOfSomethingElse) {
    const Trial trial{"keep-amd-73bf", "boot-1"};
    EXPECT_EQ(failed_trial(std::nullopt, Tokens(), "boot-2"), std::nullopt);
    EXPECT_EQ(failed_trial(trial, Tokens(), "boot-1"), std::nullopt);
    EXPECT_EQ(failed_trial(trial, asked(), "boot-2"), std::nullopt);
    const auto reason = failed_trial(trial, Tokens(), "boot-2");
    ASSERT_TRUE(reason);
    EXPECT_EQ(reason->code, Code::trial_failed);
    EXPECT_EQ(reason->text,
              "the profile keep-amd-73bf was to be booted once, and did not come to the end of its "
              "boot");
}

TEST(TrialText, ComesBack) {
    const auto trial = parse_trial(render_trial({"pass-all", "0123-abcd"}));
    ASSERT_TRUE(trial);
    EXPECT_EQ(trial->profile, "pass-all");
    EXPECT_EQ(trial->boot_id, "0123-abcd");
    for (const char* text : {"", "\n", "pass-all", "pass-all ", "Pass x", "a b c"}) {
        EXPECT_FALSE(parse_trial(text)) << text;
    }
}

}  // namespace
}  // namespace early_bind
