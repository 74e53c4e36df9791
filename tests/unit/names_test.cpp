// SPDX-License-Identifier: MIT
#include "grub-gen/names.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace early_bind {
namespace {

constexpr pci::ClassCode kVga{0x030000};

const std::string kDatabase = R"(# made for the test
10de  NVIDIA Corporation
	1e07  TU102 [GeForce RTX 2080 Ti Rev. A]
	1eb8  TU104GL [Tesla T4] Rev [ ]
	2230  GA102GL [RTX A6000]
	1111  No Brackets At All
1002  Advanced Micro Devices, Inc. [AMD/ATI]
	73bf  Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]
8086  Intel Corporation
	1533  I210 Gigabit Network Connection
1a03  ASPEED Technology, Inc.
	2000  ASPEED Graphics Family
1af4  Red Hat, Inc.
	1050  Virtio 1.0 GPU
19e5  Huawei Technologies Co., Ltd.
	1711  Hi171x Series [iBMC Intelligent Management system chip w/VGA support]
18ca  XGI Technology Inc. (eXtreme Graphics Innovation)
aaaa  Inc.
	0001  X
bbbb  Evil ' " $(reboot) \ `id` ; } & | < >
	0001  [a'b"c$d\e]
	0002  ]]][[[
	0003  Umlaut äöü [Gefährlich ²³]
	0004  no ] end [ here
	0005  )" + std::string(900, 'x') +
                              R"(
C 02  Network controller
	00  Ethernet controller
C 03  Display controller
	00  VGA compatible controller
)";

/// A root with a PCI id database in it.
class NamesTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "names-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        std::filesystem::create_directories(directory_ / "usr/share/misc");
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    void write_database(std::string_view text) const {
        std::ofstream(directory_ / "usr/share/misc/pci.ids", std::ios::binary) << text;
    }
    [[nodiscard]] sysfs::Root root() const { return sysfs::Root::open(directory_).value(); }

    [[nodiscard]] std::string gpu(std::uint16_t vendor, std::uint16_t device) const {
        return Names(root()).gpu_name({vendor, device, 0, 0});
    }

    std::filesystem::path directory_;
};

TEST_F(NamesTest, CardsAreCalledAsOnTheirBox) {
    write_database(kDatabase);
    EXPECT_EQ(gpu(0x10de, 0x1e07), "NVIDIA GeForce RTX 2080 Ti Rev. A");
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA RTX A6000");
    EXPECT_EQ(gpu(0x10de, 0x1111), "NVIDIA No Brackets At All");
    EXPECT_EQ(gpu(0x10de, 0x1eb8), "NVIDIA TU104GL [Tesla T4] Rev [ ]");
    EXPECT_EQ(gpu(0x1002, 0x73bf), "AMD Radeon RX 6800/6800 XT / 6900 XT");
    EXPECT_EQ(gpu(0x1a03, 0x2000), "ASPEED Graphics Family");
    EXPECT_EQ(gpu(0x1af4, 0x1050), "Red Hat Virtio 1.0 GPU");
    EXPECT_EQ(gpu(0x19e5, 0x1711),
              "Huawei Technologies iBMC Intelligent Management system chip w/VGA support");
}

TEST_F(NamesTest, WhatTheDatabaseDoesNotKnowHasNumbers) {
    write_database(kDatabase);
    EXPECT_EQ(gpu(0x10de, 0x2684), "NVIDIA device 2684");
    EXPECT_EQ(gpu(0x18ca, 0x0020), "XGI Technology device 0020");
    EXPECT_EQ(gpu(0x1234, 0x5678), "device 1234:5678");
    EXPECT_EQ(gpu(0xaaaa, 0x0001), "Inc. X");
}

TEST_F(NamesTest, FunctionsAreCalledAsLspciDoes) {
    write_database(kDatabase);
    const Names names(root());
    EXPECT_EQ(names.function_name({0x8086, 0x1533, 0, 0}, pci::ClassCode{0x020000}),
              "Ethernet controller: Intel Corporation I210 Gigabit Network Connection");
    EXPECT_EQ(names.function_name({0x8086, 0x9999, 0, 0}, pci::ClassCode{0x020700}),
              "Network controller [0207]: Intel Corporation Device 9999");
    EXPECT_EQ(names.function_name({0x1234, 0x5678, 0, 0}, pci::ClassCode{0xff0000}),
              "Class ff00: Device 1234:5678");
}

TEST_F(NamesTest, HostileTextComesThroughAsOnePlainLine) {
    write_database(kDatabase);
    const std::string evil = "Evil ' \" $(reboot) \\ `id` ; } & | < >";
    EXPECT_EQ(gpu(0xbbbb, 1), evil + " a'b\"c$d\\e");
    EXPECT_EQ(gpu(0xbbbb, 2), evil + " ]]][[[");
    EXPECT_EQ(gpu(0xbbbb, 3), evil + " Gef?hrlich ?");
    EXPECT_EQ(gpu(0xbbbb, 4), evil + " no ] end [ here");
    const std::string longest = gpu(0xbbbb, 5);
    EXPECT_EQ(longest.size(), 96U);
    EXPECT_TRUE(longest.ends_with("xxx...")) << longest;
    EXPECT_EQ(Names(root()).function_name({0xbbbb, 5, 0, 0}, kVga).size(), 96U);
}

TEST_F(NamesTest, ControlCharactersBecomeBlanks) {
    write_database("bbbb  V\x1b]0;x\x07\n\t0001  a\tb\x01\x01 c\x7f\n");
    EXPECT_EQ(gpu(0xbbbb, 1), "V ]0;x a b c");
}

/// libpci ends the program over such databases unless it is told otherwise.
TEST_F(NamesTest, ADamagedDatabaseCostsNamesOnly) {
    write_database("10de  NVIDIA Corporation\n\t2230  GA102GL [RTX A6000]\nrubbish\n8086  Intel\n");
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA RTX A6000");
    EXPECT_EQ(gpu(0x8086, 0x1533), "Intel device 1533");
    write_database(std::string(5000, 'x'));
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA device 2230");
    write_database("\t2230  an entry of nobody\n");
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA device 2230");
    write_database("10de  A\n10de  B\n");
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA device 2230");
    write_database(std::string("10de  \0\n\t2230\0\n\xff\xfe", 18));
    EXPECT_EQ(gpu(0x10de, 0x2230), "NVIDIA device 2230");
    write_database("");
    EXPECT_EQ(gpu(0x1234, 0x5678), "device 1234:5678");
}

TEST_F(NamesTest, ADatabaseThatIsNoFileIsPassedOver) {
    std::filesystem::create_directories(directory_ / "usr/share/misc/pci.ids");
    std::filesystem::create_directories(directory_ / "usr/share/hwdata");
    std::ofstream(directory_ / "usr/share/hwdata/pci.ids") << "bbbb  Second\n\t0001  Place\n";
    EXPECT_EQ(gpu(0xbbbb, 1), "Second Place");
}

/// Not in the database of any distribution: what is asked here is only that it goes well.
TEST_F(NamesTest, ARootWithoutDatabaseTakesTheHosts) {
    EXPECT_EQ(gpu(0xfff9, 0xfff9), "device fff9:fff9");
    EXPECT_EQ(Names(sysfs::Root::open("/").value()).gpu_name({0xfff9, 0xfff9, 0, 0}),
              "device fff9:fff9");
}

TEST_F(NamesTest, ADatabaseCannotBeALinkOutOfTheRoot) {
    std::filesystem::create_symlink("/etc/hostname", directory_ / "usr/share/misc/pci.ids");
    EXPECT_EQ(gpu(0xfff9, 0xfff9), "device fff9:fff9");
}

}  // namespace
}  // namespace early_bind
