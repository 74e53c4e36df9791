// SPDX-License-Identifier: MIT
#include "core/pci/framebuffer.hpp"

#include <gtest/gtest.h>

#include "tests/support/machine_builder.hpp"
#include "tests/support/temporary_root.hpp"

namespace early_bind::pci {
namespace {

using test::address;
using test::TemporaryRoot;

constexpr const char* kIomem =
    "00000000-00000fff : Reserved\n"
    "80000000-febfffff : PCI Bus 0000:00\n"
    "  80000000-80ffffff : PCI Bus 0000:01\n"
    "    80000000-80ffffff : 0000:01:00.0\n"
    "  81000000-81ffffff : PCI Bus 0000:02\n"
    "    81000000-81ffffff : 0000:02:00.0\n"
    "      81000000-812fffff : BOOTFB\n"
    "    82000000-82003fff : 0000:02:00.1\n"
    "fec00000-fec003ff : IOAPIC 0\n";

TEST(Framebuffer, LiesInTheMemoryOfTheFunctionAboveIt) {
    EXPECT_EQ(framebuffer_owner(kIomem), address("0000:02:00.0"));
}

TEST(Framebuffer, AnyOfTheKernelsNamesIsOne) {
    for (const char* name : {"efifb", "vesafb", "simplefb", "simpledrm", "simple-framebuffer.0"}) {
        const auto text =
            std::string("  80000000-80ffffff : 0000:01:00.0\n    80000000-802fffff : ") + name;
        EXPECT_EQ(framebuffer_owner(text), address("0000:01:00.0")) << name;
    }
}

TEST(Framebuffer, MayLieDeeperThanTheNextLevel) {
    EXPECT_EQ(framebuffer_owner("80000000-80ffffff : 0000:01:00.0\n"
                                "  80000000-80ffffff : some range\n"
                                "    80000000-802fffff : efifb\n"),
              address("0000:01:00.0"));
}

TEST(Framebuffer, OutsideOfEveryFunctionHasNoOwner) {
    EXPECT_EQ(framebuffer_owner("80000000-80ffffff : 0000:01:00.0\n"
                                "81000000-812fffff : BOOTFB\n"),
              std::nullopt);
    EXPECT_EQ(framebuffer_owner("80000000-80ffffff : 0000:01:00.0\n"), std::nullopt);
    for (const char* text : {"", "\n\n", " : ", "BOOTFB", "  : BOOTFB"}) {
        EXPECT_EQ(framebuffer_owner(text), std::nullopt) << text;
    }
}

TEST(Framebuffers, HangBelowTheirFunctionOnNewKernels) {
    TemporaryRoot root;
    const std::string parent = "sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/";
    root.directory(parent + "simple-framebuffer.0")
        .link(parent + "simple-framebuffer.0/driver",
              "/sys/bus/platform/drivers/simple-framebuffer")
        .link("sys/bus/platform/devices/simple-framebuffer.0",
              "../../../devices/pci0000:00/0000:00:02.0/0000:02:00.0/simple-framebuffer.0")
        .directory("sys/devices/platform/serial8250")
        .link("sys/bus/platform/devices/serial8250", "../../../devices/platform/serial8250");
    const auto found = read_framebuffers(root.root());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].device, "simple-framebuffer.0");
    EXPECT_EQ(found[0].driver, "simple-framebuffer");
    EXPECT_EQ(found[0].owner, address("0000:02:00.0"));
}

TEST(Framebuffers, AreFoundByTheirMemoryOnOldKernels) {
    TemporaryRoot root;
    root.directory("sys/devices/platform/efi-framebuffer.0")
        .link("sys/devices/platform/efi-framebuffer.0/driver",
              "../../../bus/platform/drivers/efi-framebuffer")
        .link("sys/bus/platform/devices/efi-framebuffer.0",
              "../../../devices/platform/efi-framebuffer.0")
        .file("proc/iomem", kIomem);
    const auto found = read_framebuffers(root.root());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].driver, "efi-framebuffer");
    EXPECT_EQ(found[0].owner, address("0000:02:00.0"));
}

TEST(Framebuffers, WithoutADriverThereIsNothingToRelease) {
    TemporaryRoot root;
    root.directory("sys/devices/platform/efi-framebuffer.0")
        .link("sys/bus/platform/devices/efi-framebuffer.0",
              "../../../devices/platform/efi-framebuffer.0");
    EXPECT_TRUE(read_framebuffers(root.root()).empty());
    EXPECT_TRUE(read_framebuffers(TemporaryRoot().root()).empty());
}

TEST(Framebuffers, OfUnknownOwnerAreListedWithoutOne) {
    TemporaryRoot root;
    root.directory("sys/devices/platform/vesa-framebuffer.0")
        .link("sys/devices/platform/vesa-framebuffer.0/driver", "drivers/vesa-framebuffer")
        .link("sys/bus/platform/devices/vesa-framebuffer.0",
              "../../../devices/platform/vesa-framebuffer.0");
    const auto found = read_framebuffers(root.root());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].owner, std::nullopt);
}

}  // namespace
}  // namespace early_bind::pci
