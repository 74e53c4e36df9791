// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "grub-gen/doctor/check_boot.hpp"
#include "grub-gen/doctor/check_display.hpp"
#include "grub-gen/doctor/check_kernels.hpp"
#include "grub-gen/doctor/check_machine.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::doctor {
namespace {

pci::Address at(std::string_view text) {
    return pci::parse_address(text).value();
}

TEST(DoctorMachine, Cpu) {
    EXPECT_EQ(judge_cpu("processor\t: 0\nflags\t\t: fpu vmx nx\nvmx flags\t: ept\n"),
              (Findings{{Code::cpu_ok, "the processor can run VMs (vmx)"}}));
    EXPECT_EQ(judge_cpu("flags\t\t: fpu svm\n"),
              (Findings{{Code::cpu_ok, "the processor can run VMs (svm)"}}));
    EXPECT_EQ(judge_cpu("vmx flags\t: vmx\nflags\t\t: fpu svm_lock avmx\n"),
              (Findings{{Code::cpu_no_virtualization,
                         "the processor's flags in /proc/cpuinfo have neither vmx nor svm"}}));
    EXPECT_EQ(judge_cpu("processor : 0\nFeatures : fp asimd\n"), Findings());
    EXPECT_EQ(judge_cpu(""), Findings());
}

TEST(DoctorMachine, Iommu) {
    const Finding intel{Code::firmware_ok, "the firmware describes an IOMMU (DMAR, Intel)"};
    const Finding amd{Code::firmware_ok, "the firmware describes an IOMMU (IVRS, AMD)"};
    const Finding on{Code::iommu_ok, "the IOMMU is on, 4 groups"};
    MachineFacts facts;
    EXPECT_EQ(judge_iommu(facts, {}),
              (Findings{{Code::firmware_no_iommu,
                         "the firmware has no DMAR (Intel) or IVRS (AMD) table, and there are no "
                         "IOMMU groups"}}));
    facts.iommu_groups = 4;  // another architecture
    EXPECT_EQ(judge_iommu(facts, {}), (Findings{on}));
    facts.dmar = true;
    EXPECT_EQ(judge_iommu(facts, {}), (Findings{intel, on}));
    facts.iommu_groups = 0;
    const Finding off_now{Code::iommu_off_now,
                          "the IOMMU is off in this boot; the layouts switch it on"};
    IommuMenu menu;
    EXPECT_EQ(judge_iommu(facts, menu), (Findings{intel, off_now}));
    menu.applied = true;
    EXPECT_EQ(judge_iommu(facts, menu),
              (Findings{intel,
                        {Code::iommu_off,
                         "the IOMMU is off, and a layout in the menu does not switch it on"}}));
    menu.switches_on = true;
    EXPECT_EQ(judge_iommu(facts, menu), (Findings{intel, off_now}));
    menu.stock_switches_off = "iommu=off is there";
    EXPECT_EQ(judge_iommu(facts, menu),
              (Findings{intel, {Code::iommu_switched_off, "iommu=off is there"}}));
    facts.dmar = false;
    facts.ivrs = true;
    EXPECT_EQ(
        judge_iommu(facts, {}),
        (Findings{amd, {Code::iommu_off, "the IOMMU is off, though it is on by default on AMD"}}));
}

TEST(DoctorMachine, Groups) {
    pci::Function grouped;
    grouped.address = at("0000:01:00.0");
    grouped.group = 7;
    pci::Function alone;
    alone.address = at("0000:00:02.0");
    const std::vector<std::string> names = {"Card", "Chip"};
    MachineFacts facts;
    EXPECT_EQ(judge_groups(facts, {grouped, alone}, names), Findings());
    facts.iommu_groups = 9;
    EXPECT_EQ(
        judge_groups(facts, {grouped}, names),
        (Findings{{Code::groups_ok, "every GPU that may be passed (1) is in an IOMMU group"}}));
    const std::string sentence = "0000:00:02.0 (Chip) is in no IOMMU group in this boot";
    EXPECT_EQ(judge_groups(facts, {grouped, alone}, names),
              (Findings{{Code::gpu_no_group, sentence}}));
    // Debian 13 leaves Intel's own GPU out until it is asked for.
    facts.dmar = true;
    EXPECT_EQ(judge_groups(facts, {grouped, alone}, names),
              (Findings{{Code::gpu_no_group_now, sentence}}));
    facts.command_line = "quiet intel_iommu=on";
    EXPECT_EQ(judge_groups(facts, {grouped, alone}, names),
              (Findings{{Code::gpu_no_group, sentence}}));
}

Profile profile(const std::string& name, Status status, std::vector<Reason> reasons = {}) {
    Profile profile;
    profile.name = name;
    profile.status = status;
    profile.reasons = std::move(reasons);
    return profile;
}

TEST(DoctorMachine, Profiles) {
    const Finding no_disk{Code::disk_ok,
                          "no profile takes a disk that carries a file system of this host"};
    EXPECT_EQ(judge_profiles({profile("a", Status::ok), profile("b", Status::no_group)}),
              (Findings{{Code::profiles_ok, "2 of 2 profiles can work"}, no_disk}));
    EXPECT_EQ(judge_profiles({profile("a", Status::ok),
                              profile("b", Status::impossible,
                                      {{early_bind::Code::kept_in_closure, "one group", {}}}),
                              profile("c", Status::unsafe,
                                      {{early_bind::Code::foreign_in_closure, "a network card", {}},
                                       {early_bind::Code::file_system_guard, "a disk", {}}})}),
              (Findings{{Code::profile_impossible, "b: one group"},
                        {Code::profile_unsafe, "c: a network card"},
                        {Code::disk_in_closure, "c: a disk"},
                        {Code::profiles_ok, "1 of 3 profiles can work"}}));
    EXPECT_EQ(judge_profiles({profile("b", Status::impossible)}),
              (Findings{{Code::no_usable_profile, "none of the 1 profiles can work"}, no_disk}));
}

TEST(DoctorKernels, NamesModules) {
    EXPECT_TRUE(names_module("kernel/drivers/vfio/pci/vfio-pci.ko: kernel/vfio.ko\n", "vfio-pci"));
    EXPECT_TRUE(names_module("a.ko:\nkernel/vfio-pci.ko.zst:\n", "vfio-pci"));
    EXPECT_TRUE(names_module("kernel/drivers/vfio/pci/vfio-pci.ko", "vfio-pci"));
    EXPECT_FALSE(names_module("kernel/vfio-pci-core.ko:\n", "vfio-pci"));
    EXPECT_FALSE(names_module("kernel/mdev.ko: kernel/vfio-pci.ko\n", "vfio-pci"));
    EXPECT_FALSE(names_module("", "vfio-pci"));
}

TEST(DoctorKernels, FindsTheModulesOfAKernelThatIsNamedAfterItsPackage) {
    test::TemporaryRoot system;
    system.file("lib/modules/6.6.1-arch1-1/pkgbase", "linux-lts\n");
    system.file("lib/modules/6.6.6-arch1-1/pkgbase", "linux\n");
    system.file("lib/modules/6.6.6-arch1-1/modules.builtin",
                "kernel/drivers/vfio/pci/vfio-pci.ko\n");
    EXPECT_TRUE(is_vfio_built_in(system.root(), "linux"));
    EXPECT_FALSE(is_vfio_built_in(system.root(), "linux-lts"));
    EXPECT_FALSE(is_vfio_built_in(system.root(), "linux-zen"));
    EXPECT_TRUE(is_vfio_built_in(system.root(), "6.6.6-arch1-1"));
}

TEST(DoctorKernels, JudgesModules) {
    EXPECT_EQ(judge_modules("6", "", "vfio-pci.ko:\nvfio_iommu_type1.ko:\n"), Findings());
    EXPECT_EQ(judge_modules("6", "vfio-pci.ko\n", "vfio_iommu_type1.ko:\n"), Findings());
    EXPECT_EQ(judge_modules("6", "", "vfio-pci.ko:\n"),
              (Findings{{Code::vfio_missing, "Linux 6 has no vfio_iommu_type1"}}));
    EXPECT_EQ(judge_modules("6", "", ""),
              (Findings{{Code::vfio_missing, "Linux 6 has no vfio-pci and vfio_iommu_type1"}}));
}

TEST(DoctorBoot, Restrictions) {
    using namespace std::string_view_literals;
    EXPECT_EQ(judge_restrictions("\6\0\0\0\1"sv, "none [integrity] confidentiality\n"),
              (Findings{{Code::secure_boot, "Secure Boot is on"},
                        {Code::lockdown, "the kernel is locked down (integrity)"}}));
    EXPECT_EQ(judge_restrictions("\6\0\0\0\0"sv, "[none] integrity confidentiality\n"), Findings());
    EXPECT_EQ(judge_restrictions("", ""), Findings());
    EXPECT_EQ(judge_restrictions("\1", "["), Findings());
}

TEST(DoctorBoot, HugePagesAskedFor) {
    constexpr std::uint64_t kLarge = 1024UL * 1024;
    EXPECT_EQ(asked_huge_pages("quiet"), HugePages());
    EXPECT_EQ(asked_huge_pages("hugepages=512"), (HugePages{{2048, 512}}));
    EXPECT_EQ(asked_huge_pages("default_hugepagesz=1G hugepagesz=1G hugepages=16"),
              (HugePages{{kLarge, 16}}));
    EXPECT_EQ(asked_huge_pages("hugepages=4 default_hugepagesz=1G"), (HugePages{{kLarge, 4}}));
    EXPECT_EQ(asked_huge_pages("hugepagesz=2M hugepages=0:1024,1:512 hugepagesz=1G hugepages=2"),
              (HugePages{{2048, 1536}, {kLarge, 2}}));
    EXPECT_EQ(asked_huge_pages("hugepagesz=1T hugepages=x hugepages"), (HugePages{{2048, 0}}));
}

TEST(DoctorBoot, HugePagesGiven) {
    EXPECT_EQ(judge_huge_pages({}, {{2048, 4}}), Findings());
    EXPECT_EQ(judge_huge_pages({{2048, 4}, {1048576, 2}}, {{2048, 4}, {1048576, 3}}),
              (Findings{{Code::hugepages_ok,
                         "the kernel gave all huge pages: 4 of 2 MiB and 2 of 1 GiB"}}));
    EXPECT_EQ(judge_huge_pages({{2048, 4}, {1048576, 2}}, {{2048, 4}}),
              (Findings{{Code::hugepages_short,
                         "the kernel gave 0 of the 2 huge pages of 1 GiB that this boot asked "
                         "for"}}));
}

TEST(DoctorDisplay, PinnedDevices) {
    using Addresses = std::vector<pci::Address>;
    EXPECT_EQ(pinned_devices("Section \"Device\"\n"
                             "\tBusID \"PCI:11:0:0\"\n"
                             "  busid  \"pci:65@1:2:3\" # the second\n"
                             "# BusID \"PCI:1:0:0\"\n"
                             "BusID \"0:2\"\n"),
              (Addresses{at("0000:0b:00.0"), at("0001:41:02.3"), at("0000:00:02.0")}));
    for (const char* text : {"BusID \"PCI:256:0:0\"", "BusID \"PCI:1\"", "BusID \"PCI:1:0:8\"",
                             "BusID \"USB:1:0:0:0\"", "BusID PCI:1:0:0", "BusID \"PCI:1:0:0",
                             "BusID", "Option \"BusID\"", ""}) {
        EXPECT_EQ(pinned_devices(text), Addresses()) << text;
    }
}

}  // namespace
}  // namespace early_bind::doctor
