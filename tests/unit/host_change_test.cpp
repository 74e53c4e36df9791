// SPDX-License-Identifier: MIT
// What is decided before anything is changed at run time.
#include <gtest/gtest.h>

#include "host/runtime/change.hpp"
#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using test::address;
using test::kAudio;
using test::kNetwork;
using test::kVga;
using test::MachineBuilder;
using Lines = std::vector<std::string>;

/// Two cards in groups of their own, a NIC; the first card is on these drivers.
MachineBuilder cards(const char* gpu, const char* audio) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10).driver(gpu);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, kAudio).group(10).driver(audio);
    m.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(11).driver("amdgpu");
    m.add("0000:02:00.1", "pci0000:00/03.0/00.1", 0x1002, 0xab28, kAudio)
        .group(11)
        .driver("snd_hda_intel");
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(12).driver("igb");
    return m;
}

/// The host drives both.
MachineBuilder driven() {
    return cards("nvidia", "snd_hda_intel");
}

/// After a boot that passed the first one.
MachineBuilder passed() {
    return cards("vfio-pci", "vfio-pci");
}

Situation situation(const MachineBuilder& machine) {
    Situation made;
    made.inventory = machine.inventory();
    made.gpus = pci::find_gpus(made.inventory);
    for (const auto& gpu : made.gpus) {
        made.gpu_names[gpu.address] = gpu.address.bus == 1 ? "GeForce" : "Radeon";
    }
    return made;
}

/// The report of the boot after which a machine is as passed().
Report boot_report(const pci::Inventory& inventory) {
    Report report;
    report.profile = "keep-radeon";
    report.revision = "0123abcd";
    for (const char* text : {"0000:01:00.0", "0000:01:00.1"}) {
        report.functions.push_back({address(text), inventory.find(address(text))->identity,
                                    std::nullopt, text[11] == '0' ? "" : "snd_hda_intel",
                                    "vfio-pci", Code::ok});
    }
    return report;
}

const pci::AddressSet kGeForce = {address("0000:01:00.0"), address("0000:01:00.1")};
const pci::AddressSet kRadeon = {address("0000:02:00.0"), address("0000:02:00.1")};

Lines reasons(const Change& change) {
    Lines out;
    for (const auto& reason : change.reasons) {
        out.push_back(std::string(info(reason.code).name) + ": " + reason.text);
    }
    return out;
}

Lines released(const Change& change) {
    Lines out;
    for (const auto& release : change.releases) {
        out.push_back(to_string(release.address) + " " + release.driver);
    }
    return out;
}

BootTable table() {
    auto made = test::table_of(driven().inventory());
    made.profiles.push_back({"keep-geforce", Status::ok, {0}, {1}, {}});
    made.profiles.push_back({"keep-radeon", Status::ok, {1}, {0}, {}});
    return made;
}

TEST(PlanBind, TakesACardFromTheDriversThatHaveIt) {
    const auto change = plan_bind(situation(driven()), kGeForce, false);
    EXPECT_FALSE(change.refused());
    EXPECT_EQ(reasons(change), Lines());
    EXPECT_EQ(
        test::lines(change.plan),
        (Lines{"load the module vfio-pci", "0000:01:00.0: set driver_override to vfio-pci",
               "0000:01:00.1: set driver_override to vfio-pci", "0000:01:00.0: unbind from nvidia",
               "0000:01:00.1: unbind from snd_hda_intel", "0000:01:00.0: bind to vfio-pci",
               "0000:01:00.1: bind to vfio-pci", "0000:01:00.0: check that vfio-pci holds it",
               "0000:01:00.1: check that vfio-pci holds it"}));
    EXPECT_EQ(change.touched(), kGeForce);
}

TEST(PlanBind, TakesOtherDevicesAsWell) {
    const auto change = plan_bind(situation(driven()), {address("0000:03:00.0")}, false);
    EXPECT_FALSE(change.refused());
    EXPECT_EQ(test::targets(change.plan), Lines{"0000:03:00.0"});
}

TEST(PlanBind, WhatIsOnVfioPciIsLeftAsItIs) {
    const auto change = plan_bind(situation(passed()), kGeForce, false);
    EXPECT_FALSE(change.refused());
    EXPECT_EQ(change.touched(), pci::AddressSet());
}

TEST(PlanBind, NeverTakesTheHostsLastGpuUnasked) {
    const auto now = situation(passed());
    const auto change = plan_bind(now, kRadeon, false);
    EXPECT_TRUE(change.refused());
    EXPECT_EQ(reasons(change),
              Lines{"last-gpu: the host would be left without a GPU: 0000:02:00.0 is its last"});
    EXPECT_FALSE(plan_bind(now, kRadeon, true).refused());

    pci::AddressSet both = kGeForce;
    both.insert(kRadeon.begin(), kRadeon.end());
    EXPECT_EQ(reasons(plan_bind(situation(driven()), both, false)),
              Lines{"last-gpu: the host would be left without a GPU: 0000:01:00.0 and "
                    "0000:02:00.0 are its last"});
}

TEST(PlanBind, AHostWithoutAGpuHasNoneToLose) {
    auto m = passed();
    m.remove("0000:02:00.0");
    m.remove("0000:02:00.1");
    EXPECT_FALSE(plan_bind(situation(m), {address("0000:03:00.0")}, false).refused());
}

TEST(PlanBind, LeavesGpusThatAlwaysStay) {
    auto now = situation(driven());
    now.host_only = {address("0000:01:00.0")};
    EXPECT_EQ(reasons(plan_bind(now, kGeForce, false)),
              Lines{"host-only: GeForce (0000:01:00.0) always stays with the host: the "
                    "configuration says host_only"});
    auto m = driven();
    m.add("0000:04:00.0", "pci0000:00/1d.0/00.0", 0x1a03, 0x2000, kVga).group(13).driver("ast");
    EXPECT_EQ(reasons(plan_bind(situation(m), {address("0000:04:00.0")}, false)),
              Lines{"host-only: Radeon (0000:04:00.0) always stays with the host: it is a "
                    "management GPU"});
}

TEST(PlanBind, HasTheGuardsOfTheBoot) {
    auto m = driven();
    m.remove("0000:03:00.0");
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork).group(10).driver("igb");
    EXPECT_EQ(reasons(plan_bind(situation(m), kGeForce, false)),
              Lines{"foreign-in-closure: 0000:03:00.0 is in the IOMMU group of a passed card and "
                    "belongs to none; group: ahead of the selector takes all of a group"});
    // Naming it is the consent.
    auto all = kGeForce;
    all.insert(address("0000:03:00.0"));
    EXPECT_FALSE(plan_bind(situation(m), all, false).refused());

    auto now = situation(driven());
    now.guarded = {test::table_function(now.inventory, address("0000:03:00.0"))};
    EXPECT_EQ(reasons(plan_bind(now, {address("0000:03:00.0")}, false)),
              Lines{"file-system-guard: 0000:03:00.0 carries a file system of the host"});

    Situation off;
    off.inventory = driven().inventory(0);
    off.gpus = pci::find_gpus(off.inventory);
    const auto change = plan_bind(off, kGeForce, false);
    ASSERT_EQ(change.reasons.size(), 1U);
    EXPECT_EQ(change.reasons[0].code, Code::iommu_off);
}

TEST(PlanBind, ReleasesTheFirmwaresScreen) {
    auto now = situation(driven());
    now.framebuffers = {{"simple-framebuffer.0", "simple-framebuffer", address("0000:01:00.0")}};
    EXPECT_EQ(plan_bind(now, kGeForce, false).plan.framebuffers.size(), 1U);
    EXPECT_TRUE(plan_bind(now, kRadeon, false).plan.framebuffers.empty());
}

TEST(GuardUses, WhatIsInUseIsRefusedWithWhoUsesIt) {
    auto change = plan_bind(situation(driven()), kGeForce, false);
    guard_uses(change, {});
    EXPECT_FALSE(change.refused());
    guard_uses(change, {{address("0000:01:00.0"), 612, "Xorg", "/dev/dri/card0"},
                        {address("0000:01:00.1"), 700, "pipewire", "/dev/snd/controlC1"}});
    EXPECT_TRUE(change.refused());
    EXPECT_EQ(reasons(change),
              Lines{"in-use: Xorg (process 612) has /dev/dri/card0 of 0000:01:00.0 open and "
                    "pipewire (process 700) has /dev/snd/controlC1 of 0000:01:00.1 open"});
    EXPECT_EQ(change.reasons[0].devices.size(), 2U);
}

TEST(PlanRelease, KnowsTheDriversOfBefore) {
    auto now = situation(passed());
    EXPECT_EQ(released(plan_release(now, kGeForce)), (Lines{"0000:01:00.0 ", "0000:01:00.1 "}));
    now.report = boot_report(now.inventory);
    now.report->functions[0].driver_before = "nvidia";
    const auto change = plan_release(now, kGeForce);
    EXPECT_EQ(released(change), (Lines{"0000:01:00.0 nvidia", "0000:01:00.1 snd_hda_intel"}));
    EXPECT_TRUE(change.plan.actions.empty());
    EXPECT_EQ(change.touched(), kGeForce);
}

TEST(PlanRelease, WhatTheHostHasNeedsNothing) {
    const auto change = plan_release(situation(passed()), kRadeon);
    EXPECT_FALSE(change.refused());
    EXPECT_EQ(reasons(change),
              Lines{"not-passed: 0000:02:00.0 and 0000:02:00.1 are not on vfio-pci"});
    EXPECT_EQ(change.touched(), pci::AddressSet());
}

TEST(PlanSwitch, TheReverseLayoutGivesBackAndBinds) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    const auto all = table();
    const auto change = plan_switch(now, all, *all.find("keep-geforce"), false, false);
    EXPECT_EQ(reasons(change), Lines());
    EXPECT_EQ(released(change), (Lines{"0000:01:00.0 ", "0000:01:00.1 snd_hda_intel"}));
    EXPECT_EQ(test::targets(change.plan), (Lines{"0000:02:00.0", "0000:02:00.1"}));
    EXPECT_EQ(change.profile, "keep-geforce");
}

TEST(PlanSwitch, TheLayoutThatIsThereNeedsNothing) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    const auto all = table();
    const auto change = plan_switch(now, all, *all.find("keep-radeon"), false, false);
    EXPECT_FALSE(change.refused());
    EXPECT_EQ(change.touched(), pci::AddressSet());
}

TEST(PlanSwitch, LeavesWhatOthersGaveToVfioPci) {
    auto m = passed();
    m.remove("0000:03:00.0");
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, kNetwork)
        .group(12)
        .driver("vfio-pci");
    auto now = situation(m);
    now.report = boot_report(now.inventory);
    const auto all = table();
    const auto change = plan_switch(now, all, *all.find("keep-geforce"), false, false);
    EXPECT_EQ(released(change).size(), 2U);
    EXPECT_FALSE(change.touched().contains(address("0000:03:00.0")));
}

TEST(PlanSwitch, ARefusedProfileGivesNothingBack) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    auto all = table();
    all.guarded = {test::table_function(now.inventory, address("0000:02:00.1"))};
    const auto change = plan_switch(now, all, *all.find("keep-geforce"), false, false);
    EXPECT_TRUE(change.refused());
    EXPECT_TRUE(change.releases.empty());
}

TEST(PlanSwitch, WhatComesWithABootOnlyNeedsOne) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    now.command_line = "root=/dev/sda1 hugepagesz=2M quiet";
    auto all = table();
    all.profiles[0].arguments = {"hugepagesz=2M", "hugepages=128"};
    all.profiles[0].zram = Zram{512, ""};
    const auto& profile = *all.find("keep-geforce");
    EXPECT_EQ(reasons(plan_switch(now, all, profile, false, false)),
              Lines{"needs-boot: the profile keep-geforce gets hugepages=128 and its zram with a "
                    "boot only, and this boot went without"});
    EXPECT_FALSE(plan_switch(now, all, profile, false, true).refused());
}

TEST(ChangedReport, IsThatOfTheLayoutAsItIsNow) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    now.report->reasons = {{Code::moved, "something moved", {}},
                           {Code::changed, "an earlier change", {}}};
    const auto all = table();
    const auto change = plan_switch(now, all, *all.find("keep-geforce"), false, false);
    Report bound;
    for (const auto& each : kRadeon) {
        bound.functions.push_back({each, now.inventory.find(each)->identity, std::nullopt,
                                   now.inventory.find(each)->driver, "vfio-pci", Code::ok});
    }
    const auto report = changed_report(now.report, change, {kGeForce.begin(), kGeForce.end()},
                                       bound, "early-bind switch keep-geforce");
    EXPECT_EQ(report.profile, "keep-geforce");
    EXPECT_EQ(report.revision, "0123abcd");
    EXPECT_EQ(report.outcome, Outcome::done);
    ASSERT_EQ(report.functions.size(), 2U);
    EXPECT_EQ(report.functions[0].driver_before, "amdgpu");
    ASSERT_EQ(report.reasons.size(), 1U);
    EXPECT_EQ(report.reasons[0].text, "`early-bind switch keep-geforce` changed the layout");
}

TEST(ChangedReport, OfABootWithoutOneAndOfAFailure) {
    const auto now = situation(driven());
    const auto change = plan_bind(now, kGeForce, false);
    Report bound;
    bound.functions.push_back(
        {address("0000:01:00.0"), {}, std::nullopt, "nvidia", "", Code::deadline});
    bound.reasons = {{Code::deadline, "no end", {}}};
    const auto report =
        changed_report(std::nullopt, change, {}, bound, "early-bind bind gpu:geforce");
    EXPECT_EQ(report.profile, "");
    EXPECT_EQ(report.outcome, Outcome::partial);
    ASSERT_EQ(report.reasons.size(), 2U);
    EXPECT_EQ(report.reasons[0].code, Code::deadline);
    EXPECT_EQ(report.reasons[1].code, Code::changed);
}

TEST(ChangedReport, NamesTheLatestChangeAlone) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    now.report->reasons = {{Code::moved, "something moved", {}}, {Code::changed, "before", {}}};
    const auto report =
        changed_report(now.report, plan_release(now, kGeForce), {}, Report(), "early-bind release");
    ASSERT_EQ(report.reasons.size(), 2U);
    EXPECT_EQ(report.reasons[0].code, Code::moved);
    EXPECT_EQ(report.reasons[1].text, "`early-bind release` changed the layout");
}

TEST(ChangedReport, KeepsTheFirstDriverOfWhatWasThereAlready) {
    auto now = situation(passed());
    now.report = boot_report(now.inventory);
    now.report->functions[0].driver_before = "nouveau";
    Report bound;
    bound.functions.push_back(
        {address("0000:01:00.0"), {}, std::nullopt, "vfio-pci", "vfio-pci", Code::ok});
    const auto report = changed_report(now.report, plan_bind(now, kGeForce, false), {}, bound, "x");
    EXPECT_EQ(report.functions[0].driver_before, "nouveau");
}

}  // namespace
}  // namespace early_bind
