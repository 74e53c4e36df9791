// SPDX-License-Identifier: MIT
#include "grub-gen/titles.hpp"

#include <gtest/gtest.h>

namespace early_bind {
namespace {

const TitleGpu kRtx{"NVIDIA GeForce RTX 2080 Ti", "0000:41:00.0", false};
const TitleGpu kSecondRtx{"NVIDIA GeForce RTX 2080 Ti", "0000:42:00.0", false};
const TitleGpu kRx{"AMD Radeon RX 480", "0000:0a:00.0", false};
const TitleGpu kAspeed{"ASPEED Graphics Family", "0000:03:00.0", true};

TEST(Titles, NameWhatStaysAndWhatGoes) {
    EXPECT_EQ(profile_title({kRtx, kRx}, {0}, {1}),
              "Host keeps NVIDIA GeForce RTX 2080 Ti; AMD Radeon RX 480 to VMs");
    EXPECT_EQ(profile_title({kRx, kAspeed, kRtx}, {0, 2}, {1}),
              "Host keeps AMD Radeon RX 480 and NVIDIA GeForce RTX 2080 Ti; ASPEED Graphics Family "
              "to VMs");
}

TEST(Titles, LeaveTheManagementDisplayOutBesideAKeptGpu) {
    EXPECT_EQ(profile_title({kAspeed, kRx, kRtx}, {0, 1}, {2}),
              "Host keeps AMD Radeon RX 480; NVIDIA GeForce RTX 2080 Ti to VMs");
}

TEST(Titles, SayThatTheHostWillHaveNoDisplay) {
    EXPECT_EQ(profile_title({kRtx, kRx}, {}, {0, 1}),
              "All GPUs to VMs (the host will have no display): NVIDIA GeForce RTX 2080 Ti, AMD "
              "Radeon RX 480");
    EXPECT_EQ(profile_title({kRtx, kSecondRtx}, {}, {0, 1}),
              "All 2 GPUs to VMs (the host will have no display)");
}

TEST(Titles, NameTheManagementDisplayThatIsLeft) {
    EXPECT_EQ(profile_title({kAspeed, kRx}, {0}, {1}),
              "All GPUs to VMs, the host keeps ASPEED Graphics Family (management)");
}

TEST(Titles, TellTwinsApart) {
    EXPECT_EQ(profile_title({kRtx, kSecondRtx, kRx}, {0, 2}, {1}),
              "Host keeps NVIDIA GeForce RTX 2080 Ti at 0000:41:00.0 and AMD Radeon RX 480; 1 GPU "
              "to VMs");
    EXPECT_EQ(profile_title({{"A", "0000:01:00.0", false}, {"A", "0000:02:00.0", false}}, {1}, {0}),
              "Host keeps A at 0000:02:00.0; A at 0000:01:00.0 to VMs");
}

TEST(Titles, CountWhatDoesNotFit) {
    EXPECT_EQ(profile_title({kRtx, kSecondRtx, kRx, kAspeed}, {2, 3}, {0, 1}),
              "Host keeps AMD Radeon RX 480; 2 GPUs to VMs");
}

TEST(Titles, ShortenLongNamesAtABlank) {
    const TitleGpu longest{
        "Matrox Electronics Systems Ltd. Integrated Matrox G200eW3 Graphics "
        "Controller (rev 04)",
        "0000:01:00.0", false};
    EXPECT_EQ(
        profile_title({longest, kRx}, {0}, {1}),
        "Host keeps Matrox Electronics Systems Ltd. Integrated Matrox...; AMD Radeon RX 480 to "
        "VMs");
    std::string umlauts;
    for (int i = 0; i < 100; ++i) {
        umlauts += "\xc3\xa4";
    }
    const auto title = profile_title({{"x" + umlauts, "0000:01:00.0", false}, kRx}, {0}, {1});
    EXPECT_EQ(title, "Host keeps x" + umlauts.substr(0, 54) + "...; AMD Radeon RX 480 to VMs");
}

TEST(Titles, FallBackToTheAddress) {
    EXPECT_EQ(profile_title({{"", "0000:01:00.0", false}, kRx}, {0}, {1}),
              "Host keeps GPU at 0000:01:00.0; AMD Radeon RX 480 to VMs");
}

}  // namespace
}  // namespace early_bind
