// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>

#include "host/runtime/give_back.hpp"
#include "tests/support/fake_kernel.hpp"
#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using test::address;
using test::FakeKernel;
using Lines = std::vector<std::string>;

/// A card on vfio-pci whose GPU driver is a module that nobody loaded yet.
class GiveBack : public ::testing::Test {
  protected:
    GiveBack() {
        kernel.add("0000:01:00.0", {"nouveau", "vfio-pci", 10, "vfio-pci"})
            .add("0000:01:00.1", {"snd_hda_intel", "vfio-pci", 10, "vfio-pci"});
        kernel.load("snd_hda_intel");
    }

    GivenBack run() {
        std::vector<StepResult> results(releases.size());
        give_back(
            releases, kernel, [this] { kernel.coldplug(); }, results);
        return read_back(releases, kernel, results, true);
    }

    FakeKernel kernel;
    std::vector<Release> releases = {{address("0000:01:00.0"), {}, "nouveau"},
                                     {address("0000:01:00.1"), {}, "snd_hda_intel"}};
};

Lines reasons(const GivenBack& back) {
    Lines out;
    for (const auto& reason : back.reasons) {
        out.push_back(std::string(info(reason.code).name) + ": " + reason.text);
    }
    return out;
}

TEST_F(GiveBack, LoadedDriversAreAskedAndOthersLoaded) {
    const auto back = run();
    EXPECT_EQ(reasons(back), Lines());
    EXPECT_EQ(back.functions, (std::vector{address("0000:01:00.0"), address("0000:01:00.1")}));
    EXPECT_EQ(kernel.device("0000:01:00.0").driver, "nouveau");
    EXPECT_EQ(kernel.device("0000:01:00.1").driver, "snd_hda_intel");
    EXPECT_EQ(kernel.override_of("0000:01:00.0"), "(null)");
    EXPECT_EQ(
        kernel.writes(),
        (Lines{
            "0000:01:00.0/driver_override < ", "sys/bus/pci/drivers/vfio-pci/unbind < 0000:01:00.0",
            "0000:01:00.1/driver_override < ", "sys/bus/pci/drivers/vfio-pci/unbind < 0000:01:00.1",
            "sys/bus/pci/drivers_probe < 0000:01:00.0", "0000:01:00.0/uevent < add",
            "sys/bus/pci/drivers_probe < 0000:01:00.1"}));
}

TEST_F(GiveBack, AFunctionThatVfioPciKeepsIsTold) {
    kernel.fail_write(1, EBUSY);
    const auto back = run();
    EXPECT_EQ(reasons(back),
              Lines{"release-failed: 0000:01:00.0 could not be taken from vfio-pci: Device or "
                    "resource busy"});
    EXPECT_EQ(back.functions, std::vector{address("0000:01:00.1")});
    EXPECT_EQ(kernel.device("0000:01:00.0").driver, "vfio-pci");
}

TEST_F(GiveBack, AWriteThatDoesNotComeBackIsTold) {
    kernel.block_write(1, false);
    std::vector<StepResult> results(releases.size());
    EXPECT_THROW(give_back(
                     releases, kernel, [] {}, results),
                 FakeKernel::Blocked);
    const auto back = read_back(releases, kernel, results, false);
    EXPECT_EQ(
        reasons(back),
        (Lines{"release-failed: 0000:01:00.0 could not be taken from vfio-pci: the kernel did "
               "not come back in time",
               "release-failed: 0000:01:00.1 could not be taken from vfio-pci: the kernel did "
               "not come back in time"}));
}

TEST_F(GiveBack, ADriverThatIsNotThereAnyMoreIsTold) {
    kernel.add("0000:01:00.0", {"", "vfio-pci", 10, "vfio-pci"});
    const auto back = run();
    EXPECT_EQ(reasons(back),
              Lines{"other-driver: 0000:01:00.0 is without a driver now, it was on nouveau"});
    EXPECT_EQ(back.functions.size(), 2U);
}

TEST_F(GiveBack, AnotherDriverThanBeforeIsTold) {
    releases[0].driver = "nvidia";
    EXPECT_EQ(reasons(run()),
              Lines{"other-driver: 0000:01:00.0 is on nouveau now, it was on nvidia"});
}

TEST_F(GiveBack, WhereNoDriverIsKnownAnyWillDo) {
    releases[0].driver.clear();
    EXPECT_EQ(reasons(run()), Lines());
}

TEST(Sentences, OfOneRelease) {
    EXPECT_EQ(sentences({address("0000:01:00.0"), {}, "nvidia"}),
              (Lines{"0000:01:00.0: clear driver_override", "0000:01:00.0: unbind from vfio-pci",
                     "0000:01:00.0: have its driver loaded and bound, which was nvidia"}));
    EXPECT_EQ(sentences({address("0000:01:00.0"), {}, ""}).back(),
              "0000:01:00.0: have its driver loaded and bound");
}

}  // namespace
}  // namespace early_bind
