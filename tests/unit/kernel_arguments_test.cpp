// SPDX-License-Identifier: MIT
#include "grub-gen/kernel_arguments.hpp"

#include <gtest/gtest.h>

namespace early_bind {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kNoIommu =
    "the firmware reports no IOMMU: switch VT-d (Intel) or the IOMMU (AMD) on in the firmware's "
    "set-up";

std::string off_sentence(const std::string& argument) {
    return "the kernel arguments of the stock entries have " + argument +
           ", which nothing can take back: no GPU goes to a VM before it is taken out of the boot "
           "loader's configuration";
}

MachineFacts intel(std::size_t groups, bool grouped, std::string command_line) {
    MachineFacts facts;
    facts.dmar = true;
    facts.iommu_groups = groups;
    facts.all_gpus_grouped = grouped;
    facts.kernel_release = "6.12.107+deb13-amd64";
    facts.command_line = std::move(command_line);
    return facts;
}

MachineFacts amd(std::size_t groups) {
    MachineFacts facts = intel(groups, groups > 0, "ro quiet");
    facts.dmar = false;
    facts.ivrs = true;
    return facts;
}

MachineFacts neither(std::size_t groups) {
    MachineFacts facts = amd(groups);
    facts.ivrs = false;
    return facts;
}

struct Case {
    const char* name;
    MachineFacts facts;
    std::string kernel;
    Strings stock;
    Strings expected;
    std::string warning;
};

class Iommu : public testing::TestWithParam<Case> {};

TEST_P(Iommu, GetsTheArgumentsItNeeds) {
    const auto& test = GetParam();
    const auto iommu = iommu_arguments(test.facts, test.kernel, test.stock);
    EXPECT_EQ(iommu.arguments, test.expected);
    EXPECT_EQ(iommu.warning, test.warning);
}

const std::string kRunning = "6.12.107+deb13-amd64";
const std::string kOther = "6.1.0-50-amd64";
const Strings kOn = {"intel_iommu=on"};

INSTANTIATE_TEST_SUITE_P(
    All, Iommu,
    testing::Values(
        Case{"intel_off_now", intel(0, false, "ro quiet"), kRunning, {"ro", "quiet"}, kOn, ""},
        Case{"intel_on_by_default", intel(9, true, "ro quiet"), kRunning, {"ro"}, {}, ""},
        Case{"intel_default_of_another_kernel", intel(9, true, "ro"), kOther, {"ro"}, kOn, ""},
        Case{"intel_default_without_the_igpu", intel(9, false, "ro"), kRunning, {"ro"}, kOn, ""},
        Case{"intel_groups_by_argument", intel(9, true, "intel_iommu=on"), kRunning, {}, kOn, ""},
        Case{"intel_groups_by_odd_argument",
             intel(9, true, "intel-iommu=sm_on"),
             kRunning,
             {},
             kOn,
             ""},
        Case{"intel_stock_on", intel(0, false, ""), kOther, {"intel_iommu=on"}, {}, ""},
        Case{"intel_stock_on_among_others",
             intel(0, false, ""),
             kOther,
             {"intel_iommu=sm_on,on,igfx_off"},
             {},
             ""},
        Case{"intel_stock_other_spelling", intel(0, false, ""), kOther, {"intel-iommu=on"}, {}, ""},
        Case{"intel_stock_off_last",
             intel(0, false, ""),
             kOther,
             {"intel_iommu=on", "intel_iommu=off"},
             kOn,
             ""},
        Case{"intel_stock_on_last",
             intel(0, false, ""),
             kOther,
             {"intel_iommu=off", "intel_iommu=on"},
             {},
             ""},
        Case{"intel_stock_option_after_on",
             intel(0, false, ""),
             kOther,
             {"intel_iommu=on", "intel_iommu=igfx_off"},
             {},
             ""},
        Case{
            "intel_stock_option_only", intel(0, false, ""), kOther, {"intel_iommu=sm_on"}, kOn, ""},
        Case{"intel_stock_key_only", intel(0, false, ""), kOther, {"intel_iommu"}, kOn, ""},
        Case{"intel_passthrough_is_no_off", intel(0, false, ""), kOther, {"iommu=pt"}, kOn, ""},
        Case{"intel_iommu_off",
             intel(0, false, ""),
             kOther,
             {"iommu=pt,off"},
             {},
             off_sentence("iommu=off")},
        Case{"amd", amd(20), kOther, {"ro"}, {}, ""},
        Case{"amd_off_now", amd(0), kOther, {"ro"}, {}, ""},
        Case{"amd_off",
             amd(0),
             kOther,
             {"amd_iommu=fullflush,off"},
             {},
             off_sentence("amd_iommu=off")},
        Case{"amd_iommu_off", amd(0), kOther, {"iommu=off"}, {}, off_sentence("iommu=off")},
        Case{"amd_ignores_intels", amd(20), kOther, {"intel_iommu=off"}, {}, ""},
        Case{"neither", neither(0), kOther, {"ro"}, {}, kNoIommu},
        Case{"neither_but_groups", neither(5), kOther, {"ro"}, {}, ""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(EntryArguments, ComeInOrder) {
    EXPECT_EQ(entry_arguments("keep-amd-67df", "0123abcd", {"intel_iommu=on"},
                              {"hugepagesz=1G", "hugepages=16"}),
              (Strings{"early-bind.profile=keep-amd-67df", "early-bind.rev=0123abcd",
                       "intel_iommu=on", "hugepagesz=1G", "hugepages=16"}));
}

TEST(ArgumentMistake, SaysWhatIsWrong) {
    for (const char* good : {"quiet", "isolcpus=2-7,10", "a;b&c|d<e>f{g}$h#i*", "x=", "-x", "---",
                             "early-bind.debug"}) {
        EXPECT_EQ(argument_mistake(good), "") << good;
    }
    EXPECT_EQ(argument_mistake(""), "it is empty");
    EXPECT_EQ(argument_mistake("a=1 b=2"), "it has a blank; give each argument on its own");
    EXPECT_EQ(argument_mistake("a\tb"), "it has a character that is not printable ASCII");
    EXPECT_EQ(argument_mistake("a\n}"), "it has a character that is not printable ASCII");
    EXPECT_EQ(argument_mistake("caf\xc3\xa9"), "it has a character that is not printable ASCII");
    EXPECT_EQ(argument_mistake("a=\"b\""),
              "it has a \", which GRUB does not hand to the kernel as it is");
    EXPECT_EQ(argument_mistake("a\\b"),
              "it has a \\, which GRUB does not hand to the kernel as it is");
    EXPECT_EQ(argument_mistake("--"), "it ends the kernel's arguments");
    EXPECT_EQ(argument_mistake("early_bind.profile=x"), "every entry has its own");
    EXPECT_EQ(argument_mistake("early-bind.rev=0"), "every entry has its own");
}

}  // namespace
}  // namespace early_bind
