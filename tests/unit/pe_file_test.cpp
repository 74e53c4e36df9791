// SPDX-License-Identifier: MIT
#include "grub-gen/loader/pe_file.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/pe_builder.hpp"

namespace early_bind {
namespace {

std::string error(std::string_view head, std::uint64_t size) {
    const auto file = parse_pe(head, size);
    return file ? "read" : file.error().what;
}

TEST(PeFile, HasSectionsInTheirOrderWithoutWhatPadsThem) {
    const auto image =
        test::make_pe({{".osrel", "ID=a\n"}, {".cmdline", "ro"}, {".cmdline", "ro quiet"}});
    const auto file = parse_pe(image, image.size());
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->is_signed);
    EXPECT_EQ(file->sections,
              (std::vector<PeSection>{
                  {".osrel", 1024, 5}, {".cmdline", 1536, 2}, {".cmdline", 2048, 8}}));
}

TEST(PeFile, KnowsASignedImage) {
    const auto image = test::make_pe({{".linux", "MZ"}}, true);
    EXPECT_TRUE(parse_pe(image, image.size())->is_signed);
}

TEST(PeFile, TakesTheSmallerSizeOfASectionOfZeros) {
    auto image = test::make_pe({{".bss", "abc"}});
    image[64 + 24 + 240 + 10] = 1;  // 65536 bytes more in memory than there are
    EXPECT_EQ(parse_pe(image, image.size())->sections,
              (std::vector<PeSection>{{".bss", 1024, 512}}));
}

TEST(PeFile, SaysWhatIsWrong) {
    const auto image = test::make_pe({{".osrel", "ID=a\n"}, {".cmdline", "ro"}});
    EXPECT_EQ(error("", 0), "it is no PE file");
    EXPECT_EQ(error("#!/bin/sh\n", 10), "it is no PE file");
    EXPECT_EQ(error("MZ", 2), "it is no PE file");
    EXPECT_EQ(error(image.substr(0, 66), 66), "it is no PE file");
    EXPECT_EQ(error(image.substr(0, 70), 70), "its headers are cut off");
    EXPECT_EQ(error(image.substr(0, 380), image.size()), "its table of sections is cut off");
    EXPECT_EQ(error(image, image.size() - 512),
              "its section .cmdline ends behind the end of the file");
    auto far = image;
    far[0x3f] = '\x7f';
    EXPECT_EQ(error(far, far.size()), "it is no PE file");
    auto other = image;
    other[64 + 24] = '\x07';
    EXPECT_EQ(error(other, other.size()), "it is no PE image");
    auto many = image;
    many[64 + 6] = '\xff';
    many[64 + 7] = '\xff';
    EXPECT_EQ(error(many, many.size()), "its table of sections is cut off");
}

TEST(PeFile, StaysWithinDamagedInput) {
    const auto image = test::make_pe({{".osrel", "ID=a\n"}, {".cmdline", "ro"}, {".linux", "MZ"}});
    std::mt19937 random(1);  // the sanitizers say what a test cannot
    for (int round = 0; round < 20000; ++round) {
        auto damaged = image.substr(0, random() % 4 == 0 ? random() % image.size() : image.size());
        for (unsigned i = 0; i < 1 + random() % 8 && !damaged.empty(); ++i) {
            damaged[random() % std::min<std::size_t>(damaged.size(), 512)] =
                static_cast<char>(random());
        }
        const auto file = parse_pe(damaged, damaged.size());
        for (const auto& section : file ? file->sections : std::vector<PeSection>()) {
            ASSERT_LE(section.offset, damaged.size());
            ASSERT_LE(section.size, damaged.size() - section.offset);
        }
    }
}

}  // namespace
}  // namespace early_bind
