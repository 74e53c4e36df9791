// SPDX-License-Identifier: MIT
#include "core/profile/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/plan_test.hpp"

namespace early_bind {
namespace {

using test::address;
using test::kVga;
using test::MachineBuilder;
using test::texts;
using Texts = std::vector<std::string>;

std::vector<Profile> profiles(const MachineBuilder& m, const Choices& choices = {},
                              std::size_t groups = 20) {
    const auto inventory = m.inventory(groups);
    return make_profiles(inventory, pci::find_gpus(inventory), choices);
}

/// "keep-amd-73bf ok", one line per profile.
Texts names(const std::vector<Profile>& profiles) {
    Texts lines;
    for (const auto& profile : profiles) {
        lines.push_back(profile.name + " " + std::string(to_string(profile.status)));
    }
    return lines;
}

/// "kept-in-closure: text [devices]".
Texts reasons(const Profile& profile) {
    Texts lines;
    for (const auto& reason : profile.reasons) {
        std::string line = std::string(info(reason.code).name) + ": " + reason.text + " [";
        for (const auto& device : reason.devices) {
            line += (line.back() == '[' ? "" : " ") + to_string(device);
        }
        lines.push_back(line + "]");
    }
    return lines;
}

MachineBuilder two_cards(int nvidia_group = 10, int amd_group = 11) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(nvidia_group);
    m.add("0000:01:00.1", "pci0000:00/01.0/00.1", 0x10de, 0x22ba, 0x040300).group(nvidia_group);
    m.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(amd_group);
    m.add("0000:02:00.1", "pci0000:00/03.0/00.1", 0x1002, 0xab28, 0x040300).group(amd_group);
    return m;
}

TEST(ProfileName, FollowsThePattern) {
    for (const auto& name :
         Texts{"a", "0", "keep-amd-73bf", "a.b_c-d", "a-", "9..", std::string(64, 'a')}) {
        EXPECT_TRUE(is_profile_name(name)) << name;
    }
    for (const auto& name :
         Texts{"", "-a", ".a", "_a", "A", "a b", "a\n", "a/b", "\xc3\xa4", std::string(65, 'a')}) {
        EXPECT_FALSE(is_profile_name(name)) << name;
    }
}

TEST(Status, NamesLeadBack) {
    for (const auto status : {Status::ok, Status::unsafe, Status::impossible, Status::no_group}) {
        EXPECT_EQ(parse_status(to_string(status)), status);
    }
    EXPECT_EQ(parse_status("OK"), std::nullopt);
    EXPECT_EQ(parse_status(""), std::nullopt);
}

TEST(Status, OnlyWhatCanWorkGetsAnEntry) {
    EXPECT_TRUE(has_entry(Status::ok));
    EXPECT_TRUE(has_entry(Status::no_group));
    EXPECT_FALSE(has_entry(Status::unsafe));
    EXPECT_FALSE(has_entry(Status::impossible));
}

TEST(Profiles, OnePerGpuInBusOrderAndLastTheOneThatPassesAll) {
    const auto made = profiles(two_cards());
    EXPECT_EQ(names(made), (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf ok", "pass-all ok"}));
    EXPECT_EQ(texts(made[0].keep), (Texts{"0000:01:00.0"}));
    EXPECT_EQ(texts(made[0].pass), (Texts{"0000:02:00.0"}));
    EXPECT_EQ(texts(made[0].bind), (Texts{"0000:02:00.0", "0000:02:00.1"}));
    EXPECT_FALSE(made[0].headless);
    EXPECT_EQ(texts(made[2].keep), Texts{});
    EXPECT_EQ(texts(made[2].bind),
              (Texts{"0000:01:00.0", "0000:01:00.1", "0000:02:00.0", "0000:02:00.1"}));
    EXPECT_TRUE(made[2].headless);
    for (const auto& profile : made) {
        EXPECT_EQ(reasons(profile), Texts{}) << profile.name;
    }
}

TEST(Profiles, OneCardAloneCanOnlyBePassed) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(10);
    EXPECT_EQ(names(profiles(m)), (Texts{"pass-all ok"}));
}

TEST(Profiles, AMachineWithoutGpusHasNone) {
    EXPECT_EQ(names(profiles(MachineBuilder())), Texts{});
}

TEST(Profiles, TheManagementDisplayStaysAndIsNoCandidate) {
    auto m = two_cards();
    m.add("0000:05:00.0", "pci0000:00/1c.0/00.0", 0x1a03, 0x2000, kVga).group(15);
    const auto made = profiles(m);
    EXPECT_EQ(names(made), (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf ok", "pass-all ok"}));
    EXPECT_EQ(texts(made[2].keep), (Texts{"0000:05:00.0"}));
    EXPECT_FALSE(made[2].headless) << "the management display is left";
}

TEST(Profiles, AHostOnlyGpuIsKeptByEveryProfile) {
    const auto made = profiles(two_cards(), {{address("0000:02:00.0")}, {}, {}});
    EXPECT_EQ(names(made), (Texts{"pass-all ok"}));
    EXPECT_EQ(texts(made[0].keep), (Texts{"0000:02:00.0"}));
    EXPECT_EQ(texts(made[0].pass), (Texts{"0000:01:00.0"}));
    EXPECT_FALSE(made[0].headless);
}

TEST(Profiles, WithEveryGpuHostOnlyThereIsNone) {
    EXPECT_EQ(
        names(profiles(two_cards(), {{address("0000:01:00.0"), address("0000:02:00.0")}, {}, {}})),
        Texts{});
}

TEST(Profiles, NamesDoNotDependOnBusNumbers) {
    MachineBuilder moved;
    moved.add("0000:0a:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga).group(20);
    moved.add("0000:0b:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga).group(21);
    EXPECT_EQ(names(profiles(moved)), names(profiles(two_cards())));
}

TEST(Profiles, EqualCardsAreToldApartByTheirPlace) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x8086, 0x56a0, kVga).group(10);
    m.add("0000:02:00.0", "pci0000:00/03.1/00.0", 0x8086, 0x56a0, kVga).group(11);
    m.add("0000:41:00.0", "pci0000:40/03.1/00.0", 0x8086, 0x56a0, kVga).group(12);
    m.add("10000:e1:00.0", "pci0000:00/0e.0/pci10000:e0/06.0/00.0", 0x8086, 0x56a0, kVga).group(13);
    EXPECT_EQ(names(profiles(m)),
              (Texts{"keep-intel-56a0-01.0-00.0 ok", "keep-intel-56a0-03.1-00.0 ok",
                     "keep-intel-56a0-40-03.1-00.0 ok",
                     "keep-intel-56a0-0e.0-pci10000-e0-06.0-00.0 ok", "pass-all ok"}));
}

TEST(Profiles, AVendorWithoutAWordIsNamedByItsNumber) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x1af4, 0x1050, kVga).group(10);
    m.add("0000:02:00.0", "pci0000:00/02.0/00.0", 0x1234, 0x1111, kVga).group(11);
    EXPECT_EQ(names(profiles(m)), (Texts{"keep-1af4-1050 ok", "keep-1234-1111 ok", "pass-all ok"}));
}

TEST(Profiles, NamesOfDeepPlacesStayShortAndDistinct) {
    const std::string deep = "pci0000:00/01.0/00.0/01.0/00.0/01.0/00.0/01.0/00.0/01.0/00.0";
    MachineBuilder m;
    m.add("0000:0a:00.0", deep + "/00.0", 0x10de, 0x2684, kVga).group(10);
    m.add("0000:0b:00.0", deep + "/01.0", 0x10de, 0x2684, kVga).group(11);
    const auto made = profiles(m);
    ASSERT_EQ(made.size(), 3U);
    EXPECT_TRUE(is_profile_name(made[0].name)) << made[0].name;
    EXPECT_EQ(made[0].name.size(), std::string("keep-nvidia-2684-01234567").size());
    EXPECT_NE(made[0].name, made[1].name);
}

TEST(Profiles, AKeptCardInTheGroupMakesItImpossible) {
    const auto made = profiles(two_cards(10, 10));
    EXPECT_EQ(names(made),
              (Texts{"keep-nvidia-2684 impossible", "keep-amd-73bf impossible", "pass-all ok"}));
    EXPECT_EQ(reasons(made[0]),
              (Texts{"kept-in-closure: the host cannot keep 0000:01:00.0: it shares IOMMU group 10 "
                     "with 0000:02:00.0, and a group goes to a VM as a whole "
                     "[0000:01:00.0 0000:02:00.0]"}));
}

TEST(Profiles, AKeptManagementDisplayInTheGroupMakesItImpossible) {
    auto m = two_cards(10, 11);
    m.add("0000:05:00.0", "pci0000:00/1c.0/00.0", 0x1a03, 0x2000, kVga).group(10);
    EXPECT_EQ(names(profiles(m)),
              (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf impossible", "pass-all impossible"}));
}

TEST(Profiles, ForeignFunctionsInTheGroupMakeItUnsafe) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, 0x020000).group(10);
    const auto made = profiles(m);
    EXPECT_EQ(names(made),
              (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf unsafe", "pass-all unsafe"}));
    EXPECT_EQ(reasons(made[1]),
              (Texts{"foreign-in-closure: 0000:03:00.0 belongs to no passed card and would go with "
                     "it, being in the same IOMMU group [0000:03:00.0]"}));
    m.add("0000:03:00.1", "pci0000:00/1c.0/00.1", 0x8086, 0x1533, 0x020000).group(10);
    EXPECT_EQ(reasons(profiles(m)[2]),
              (Texts{"foreign-in-closure: 0000:03:00.0 and 0000:03:00.1 belong to no passed card "
                     "and would go with them, being in the same IOMMU group "
                     "[0000:03:00.0 0000:03:00.1]"}));
}

TEST(Profiles, StaticDevicesInTheGroupAreNoStrangers) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, 0x020000).group(10);
    const auto made = profiles(m, {{}, {address("0000:03:00.0")}, {}});
    EXPECT_EQ(names(made), (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf ok", "pass-all ok"}));
    EXPECT_EQ(texts(made[1].bind), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:03:00.0"}));
}

TEST(Profiles, BridgesAndVirtualFunctionsAreNeverBound) {
    auto m = two_cards();
    m.add("0000:00:01.0", "pci0000:00/01.0", 0x8086, 0x1901, 0x060400).group(10);
    m.add("0000:01:00.4", "pci0000:00/01.0/00.4", 0x10de, 0x2684, kVga)
        .group(10)
        .virtual_function();
    EXPECT_EQ(texts(profiles(m)[1].bind), (Texts{"0000:01:00.0", "0000:01:00.1"}));
}

TEST(Profiles, ACarrierOfAFileSystemMakesItUnsafe) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x144d, 0xa808, 0x010802).group(10);
    const auto made = profiles(m, {{}, {}, {address("0000:03:00.0")}});
    EXPECT_EQ(names(made),
              (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf unsafe", "pass-all unsafe"}));
    EXPECT_EQ(reasons(made[1]),
              (Texts{"foreign-in-closure: 0000:03:00.0 belongs to no passed card and would go with "
                     "it, being in the same IOMMU group [0000:03:00.0]",
                     "file-system-guard: 0000:03:00.0 carries a file system of this host "
                     "[0000:03:00.0]"}));
}

TEST(Profiles, NamingACarrierAsStaticDoesNotMakeItSafe) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x144d, 0xa808, 0x010802).group(10);
    EXPECT_EQ(names(profiles(m, {{}, {address("0000:03:00.0")}, {address("0000:03:00.0")}})),
              (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf unsafe", "pass-all unsafe"}));
}

TEST(Profiles, ACarrierIsUnsafeEvenWithTheIommuOff) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga);
    EXPECT_EQ(names(profiles(m, {{}, {}, {address("0000:01:00.0")}}, 0)),
              (Texts{"pass-all unsafe"}));
}

TEST(Profiles, WithTheIommuOffTheBootDecides) {
    MachineBuilder m;
    m.add("0000:01:00.0", "pci0000:00/01.0/00.0", 0x10de, 0x2684, kVga);
    m.add("0000:02:00.0", "pci0000:00/03.0/00.0", 0x1002, 0x73bf, kVga);
    const auto made = profiles(m, {}, 0);
    EXPECT_EQ(names(made),
              (Texts{"keep-nvidia-2684 no-group", "keep-amd-73bf no-group", "pass-all no-group"}));
    EXPECT_EQ(reasons(made[0]),
              (Texts{"no-group: the IOMMU is off in this boot, so there are no groups to judge by "
                     "[0000:02:00.0]"}));
}

TEST(Profiles, ACardWithoutAGroupIsNamed) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x1002, 0x67df, kVga);
    const auto made = profiles(m);
    EXPECT_EQ(names(made), (Texts{"keep-nvidia-2684 no-group", "keep-amd-73bf no-group",
                                  "keep-amd-67df ok", "pass-all no-group"}));
    EXPECT_EQ(reasons(made[0]),
              (Texts{"no-group: 0000:03:00.0 is in no IOMMU group in this boot [0000:03:00.0]"}));
}

TEST(Profiles, ImpossibleComesBeforeNoGroup) {
    auto m = two_cards(10, 10);
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x1002, 0x67df, kVga);
    EXPECT_EQ(names(profiles(m))[0], "keep-nvidia-2684 impossible");
}

TEST(Profiles, NoTwoThatCanWorkBindTheSame) {
    auto m = two_cards();
    m.add("0000:03:00.0", "pci0000:00/1c.0/00.0", 0x1002, 0x67df, kVga).group(10);
    std::set<std::vector<pci::Address>> seen;
    for (const auto& profile : profiles(m)) {
        EXPECT_TRUE(profile.status == Status::impossible || seen.insert(profile.bind).second)
            << profile.name;
    }
}

TEST(Profiles, DoNotDependOnTheOrderOfTheFunctions) {
    auto functions = two_cards().inventory().functions();
    const auto expected = names(profiles(two_cards()));
    do {
        const pci::Inventory inventory(functions, 20);
        EXPECT_EQ(names(make_profiles(inventory, pci::find_gpus(inventory), {})), expected);
    } while (
        std::next_permutation(functions.begin(), functions.end(),
                              [](const auto& a, const auto& b) { return a.address < b.address; }));
}

TEST(MakeProfiles, OnesOwnStandBeforeTheOneThatPassesAll) {
    Choices choices;
    choices.own.push_back({"mine", {address("0000:02:00.0")}});
    const auto made = profiles(two_cards(), choices);
    EXPECT_EQ(names(made),
              (Texts{"keep-nvidia-2684 ok", "keep-amd-73bf ok", "mine ok", "pass-all ok"}));
    EXPECT_EQ(texts(made[2].pass), Texts{"0000:02:00.0"});
    EXPECT_EQ(texts(made[2].keep), Texts{"0000:01:00.0"});
}

TEST(MakeProfiles, ADeviceThatIsNamedMayGoAlong) {
    auto m = two_cards();
    m.add("0000:05:00.0", "pci0000:00/1c.0/00.0", 0x8086, 0x1533, 0x020000).group(10);
    EXPECT_EQ(names(profiles(m))[1], "keep-amd-73bf unsafe");
    Choices choices;
    choices.devices["keep-amd-73bf"] = {address("0000:05:00.0")};
    const auto made = profiles(m, choices);
    EXPECT_EQ(names(made)[1], "keep-amd-73bf ok");
    EXPECT_EQ(texts(made[1].bind), (Texts{"0000:01:00.0", "0000:01:00.1", "0000:05:00.0"}));
    EXPECT_EQ(names(made)[2], "pass-all unsafe");
}

}  // namespace
}  // namespace early_bind
