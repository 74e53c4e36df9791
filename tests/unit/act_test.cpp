// SPDX-License-Identifier: MIT
#include "early-bind/act.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::address;

/// What the parent sees after its child has done whatever it did: the driver links are set
/// beforehand, since the child's writes stay in the child.
class Links final : public sysfs::Writer {
  public:
    std::map<std::string, std::string> drivers;
    std::string fails;   ///< writes to a path with this in it fail
    std::string blocks;  ///< or do not come back

    [[nodiscard]] int write(const std::string& path, std::string_view) override {
        if (!blocks.empty() && path.find(blocks) != path.npos) {
            ::sleep(120);  // nobody waits for it: it ends so that no test leaves a process behind
            ::_exit(0);
        }
        return !fails.empty() && path.find(fails) != path.npos ? EIO : 0;
    }
    [[nodiscard]] std::string read(const std::string&) override { return "(null)"; }
    [[nodiscard]] std::string driver(const std::string& directory) override {
        return drivers[directory.substr(directory.rfind('/') + 1)];
    }
    [[nodiscard]] bool exists(const std::string&) override { return true; }
};

class Loader final : public ModuleLoader {
  public:
    Result<ModuleState> answer = ModuleState::loaded;
    [[nodiscard]] Result<ModuleState> load(const std::string&) override { return answer; }
};

class ActTest : public ::testing::Test {
  protected:
    ActTest() {
        plan.units = {{10,
                       {{address("0000:01:00.0"), {}, address("0000:07:00.0"), ""},
                        {address("0000:01:00.1"), {}, std::nullopt, "snd_hda_intel"}}},
                      {11, {{address("0000:02:00.0"), {}, std::nullopt, ""}}}};
        add_actions(plan);
    }

    void run(milliseconds limit = seconds(60)) { act(plan, links, loader, limit, report); }

    void all_bound() {
        for (const char* text : {"0000:01:00.0", "0000:01:00.1", "0000:02:00.0"}) {
            links.drivers[text] = "vfio-pci";
        }
    }

    [[nodiscard]] std::vector<std::string_view> codes() const {
        std::vector<std::string_view> out;
        for (const auto& function : report.functions) {
            out.push_back(info(function.code).name);
        }
        return out;
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> out;
        for (const auto& reason : report.reasons) {
            out.push_back(std::string(info(reason.code).name) + ": " + reason.text);
        }
        return out;
    }

    Plan plan;
    Links links;
    Loader loader;
    Report report;
};

using Codes = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

TEST_F(ActTest, AllOnVfioIsDone) {
    all_bound();
    run();
    EXPECT_EQ(report.outcome, Outcome::done);
    EXPECT_EQ(codes(), (Codes{"ok", "ok", "ok"})) << "another bus number is no move";
    EXPECT_EQ(reasons(), Texts{});
    EXPECT_EQ(report.functions[1].driver_before, "snd_hda_intel");
    EXPECT_EQ(report.functions[1].driver_after, "vfio-pci");
}

TEST_F(ActTest, AFunctionInAnotherPlaceIsToldAsMoved) {
    all_bound();
    plan.units[1].targets[0].moved = true;
    run();
    EXPECT_EQ(codes(), (Codes{"ok", "ok", "moved"}));
    EXPECT_EQ(report.outcome, Outcome::done);
}

TEST_F(ActTest, AFailureIsToldForItsFunctionAndItsGroup) {
    links.fails = "01:00.1/driver_override";
    links.drivers["0000:02:00.0"] = "vfio-pci";
    links.drivers["0000:01:00.1"] = "snd_hda_intel";
    run();
    EXPECT_EQ(report.outcome, Outcome::partial);
    EXPECT_EQ(codes(), (Codes{"group-undone", "override-failed", "ok"}));
    EXPECT_EQ(reasons(), Texts{"override-failed: 0000:01:00.1: set driver_override to vfio-pci: "
                               "Input/output error"});
}

TEST_F(ActTest, WithoutTheModuleTheFunctionsWait) {
    loader.answer = ModuleState::absent;
    run();
    EXPECT_EQ(report.outcome, Outcome::deferred);
    EXPECT_EQ(codes(), (Codes{"deferred", "deferred", "deferred"}));
    EXPECT_EQ(reasons(), Texts{"deferred: there is no vfio-pci here: the overrides keep other "
                               "drivers off until the running system loads it"});
}

TEST_F(ActTest, AWaitingBootWithAGroupThatFailedIsPartial) {
    loader.answer = ModuleState::absent;
    links.fails = "02:00.0/driver_override";
    run();
    EXPECT_EQ(report.outcome, Outcome::partial);
    EXPECT_EQ(codes(), (Codes{"deferred", "deferred", "override-failed"}));
}

TEST_F(ActTest, AModuleThatDoesNotGoInIsTold) {
    loader.answer = fail("cannot load module vfio-pci: Exec format error");
    run();
    EXPECT_EQ(report.outcome, Outcome::partial);
    EXPECT_EQ(codes(), (Codes{"module-failed", "module-failed", "module-failed"}));
    EXPECT_EQ(reasons(), Texts{"module-failed: cannot load module vfio-pci: Exec format error"});
}

TEST_F(ActTest, AWriteThatNeverReturnsCostsTheLimitAndNotTheBoot) {
    links.blocks = "01:00.1/driver/unbind";
    const auto start = std::chrono::steady_clock::now();
    run(milliseconds(500));
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
    EXPECT_EQ(report.outcome, Outcome::partial);
    EXPECT_EQ(codes(), (Codes{"deadline", "deadline", "deadline"}));
    EXPECT_EQ(reasons(), Texts{"deadline: no end after 400 ms, going on without waiting: "
                               "0000:01:00.1: unbind from snd_hda_intel"});
}

TEST_F(ActTest, AnUndoThatBlocksTooIsNotWaitedFor) {
    links.blocks = "01:00.1/driver_override";  // setting it, and taking it back
    const auto start = std::chrono::steady_clock::now();
    run(milliseconds(500));
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
    EXPECT_EQ(codes(), (Codes{"deadline", "deadline", "deadline"}));
}

TEST_F(ActTest, AScreenIsToldWhenItWasReleasedAndWhenNot) {
    all_bound();
    plan.framebuffers = {{"efi-framebuffer.0", "efi-framebuffer", address("0000:01:00.0")}};
    add_actions(plan);
    run();
    EXPECT_EQ(reasons(), Texts{"framebuffer-released: the firmware's screen efi-framebuffer.0 of "
                               "0000:01:00.0 was released from efi-framebuffer"});
    report = {};
    links.fails = "efi-framebuffer/unbind";
    run();
    EXPECT_EQ(report.outcome, Outcome::done) << "it does not cost the card";
    EXPECT_EQ(reasons(), Texts{"framebuffer-failed: 0000:01:00.0: release the screen "
                               "efi-framebuffer.0 from efi-framebuffer: Input/output error"});
}

TEST_F(ActTest, AD3coldThatCannotBeSetIsToldAndCostsNothing) {
    all_bound();
    plan.d3cold_allowed = false;
    add_actions(plan);
    links.fails = "02:00.0/d3cold_allowed";
    run();
    EXPECT_EQ(report.outcome, Outcome::done);
    EXPECT_EQ(reasons(), Texts{"d3cold-failed: 0000:02:00.0: set d3cold_allowed to 0: "
                               "Input/output error"});
}

}  // namespace
}  // namespace early_bind
