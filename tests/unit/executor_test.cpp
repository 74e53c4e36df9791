// SPDX-License-Identifier: MIT
#include "early-bind/executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "tests/support/fake_kernel.hpp"
#include "tests/support/machine_builder.hpp"

namespace early_bind {
namespace {

using test::address;
using test::FakeKernel;
using test::FakeLoader;
using State = StepResult::State;
using Texts = std::vector<std::string>;

constexpr const char* kVfio = "vfio-pci";

/// A machine in front of its plan: a card whose GPU nobody holds yet and whose audio and USB
/// functions have drivers already, and a second card in another group.
class ExecutorTest : public ::testing::Test {
  protected:
    ExecutorTest() {
        kernel.add("0000:01:00.0", {"nouveau", "", 10})
            .add("0000:01:00.1", {"snd_hda_intel", "snd_hda_intel", 10})
            .add("0000:01:00.2", {"xhci_hcd", "xhci_hcd", 10})
            .add("0000:02:00.0", {"amdgpu", "", 11})
            .add("0000:02:00.1", {"snd_hda_intel", "snd_hda_intel", 11})
            .add("0000:03:00.0", {"i915", "i915", 1});
        plan = plan_for({{10, {"0000:01:00.0", "0000:01:00.1", "0000:01:00.2"}},
                         {11, {"0000:02:00.0", "0000:02:00.1"}}});
    }

    /// The actions as make_plan() orders them.
    [[nodiscard]] Plan plan_for(const std::vector<std::pair<int, Texts>>& groups) const {
        Plan made;
        made.actions.push_back({ActionKind::load_module, 0, 0});
        for (const auto& [group, addresses] : groups) {
            Unit unit;
            unit.group = group;
            for (const auto& text : addresses) {
                unit.targets.push_back(
                    {address(text), {}, std::nullopt, kernel.device(text).driver});
            }
            for (const auto kind : {ActionKind::set_override, ActionKind::unbind, ActionKind::bind,
                                    ActionKind::verify}) {
                for (std::size_t t = 0; t < unit.targets.size(); ++t) {
                    const auto& holder = unit.targets[t].driver_before;
                    if ((kind != ActionKind::unbind || (!holder.empty() && holder != kVfio)) &&
                        (kind != ActionKind::bind || holder != kVfio)) {
                        made.actions.push_back({kind, made.units.size(), t});
                    }
                }
            }
            made.units.push_back(std::move(unit));
        }
        return made;
    }

    void run(Result<ModuleState> loaded = ModuleState::loaded) {
        before = kernel.devices();
        results.assign(plan.actions.size(), {});
        FakeLoader loader(kernel, std::move(loaded));
        execute(plan, kernel, loader, results);
        EXPECT_EQ(loader.asked(), Texts{kVfio});
    }

    /// "0000:01:00.0: bind to vfio-pci: EINVAL" of every step that failed.
    [[nodiscard]] Texts failures() const {
        Texts lines;
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (results[i].state == State::failed) {
                lines.push_back(to_string(plan, plan.actions[i]) + ": " +
                                std::to_string(results[i].error));
            }
        }
        return lines;
    }

    [[nodiscard]] bool is_bound(const Unit& unit) const {
        return std::all_of(unit.targets.begin(), unit.targets.end(), [this](const Target& target) {
            const auto& device = kernel.device(to_string(target.address));
            return device.driver == kVfio && device.override == kVfio;
        });
    }
    [[nodiscard]] bool is_untouched(const Unit& unit) const {
        return std::all_of(unit.targets.begin(), unit.targets.end(), [this](const Target& target) {
            const auto text = to_string(target.address);
            return kernel.device(text) == before.at(text);
        });
    }

    FakeKernel kernel;
    Plan plan;
    std::vector<StepResult> results;
    std::map<std::string, FakeKernel::Device> before;
};

TEST_F(ExecutorTest, BindsEveryUnitInTheOrderOfThePlan) {
    run();
    EXPECT_EQ(kernel.writes(), (Texts{
                                   "0000:01:00.0/driver_override < vfio-pci",
                                   "0000:01:00.1/driver_override < vfio-pci",
                                   "0000:01:00.2/driver_override < vfio-pci",
                                   "0000:01:00.1/driver/unbind < 0000:01:00.1",
                                   "0000:01:00.2/driver/unbind < 0000:01:00.2",
                                   "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.0",
                                   "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.1",
                                   "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.2",
                                   "0000:02:00.0/driver_override < vfio-pci",
                                   "0000:02:00.1/driver_override < vfio-pci",
                                   "0000:02:00.1/driver/unbind < 0000:02:00.1",
                                   "sys/bus/pci/drivers/vfio-pci/bind < 0000:02:00.0",
                                   "sys/bus/pci/drivers/vfio-pci/bind < 0000:02:00.1",
                               }));
    EXPECT_TRUE(is_bound(plan.units[0]));
    EXPECT_TRUE(is_bound(plan.units[1]));
    for (const auto& result : results) {
        EXPECT_EQ(result.state, State::done);
    }
    EXPECT_EQ(kernel.device("0000:03:00.0"), before.at("0000:03:00.0"));
}

TEST_F(ExecutorTest, ABuiltInModuleIsAsGoodAsALoadedOne) {
    run(ModuleState::built_in);
    EXPECT_TRUE(is_bound(plan.units[0]));
}

TEST_F(ExecutorTest, WhatVfioHoldsAlreadyStaysThere) {
    run();
    plan = plan_for({{10, {"0000:01:00.0", "0000:01:00.1", "0000:01:00.2"}},
                     {11, {"0000:02:00.0", "0000:02:00.1"}}});
    run();
    EXPECT_EQ(failures(), Texts{});
    EXPECT_TRUE(is_bound(plan.units[0]));
    EXPECT_TRUE(is_bound(plan.units[1]));
}

TEST_F(ExecutorTest, AModuleThatDoesNotGoInTouchesNothing) {
    run(fail("cannot load module vfio-pci: Exec format error"));
    EXPECT_EQ(kernel.writes(), Texts{});
    EXPECT_EQ(results[0].state, State::failed);
    for (std::size_t i = 1; i < results.size(); ++i) {
        EXPECT_EQ(results[i].state, State::untried) << i;
    }
}

TEST_F(ExecutorTest, WithoutTheModuleTheOverridesKeepOtherDriversOff) {
    run(ModuleState::absent);
    EXPECT_EQ(results[0].state, State::absent);
    EXPECT_EQ(failures(), Texts{});
    for (const auto& unit : plan.units) {
        for (const auto& target : unit.targets) {
            const auto text = to_string(target.address);
            EXPECT_EQ(kernel.override_of(text), kVfio) << text;
            EXPECT_EQ(kernel.device(text).driver, "") << text;
        }
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto kind = plan.actions[i].kind;
        if (kind == ActionKind::bind || kind == ActionKind::verify) {
            EXPECT_EQ(results[i].state, State::untried) << i;
        }
    }
    kernel.load("nouveau");
    kernel.load("amdgpu");
    EXPECT_EQ(kernel.device("0000:01:00.0").driver, "");
    kernel.load(kVfio);
    EXPECT_TRUE(is_bound(plan.units[0]));
    EXPECT_TRUE(is_bound(plan.units[1]));
}

TEST_F(ExecutorTest, AUnitThatFailsDoesNotStopTheOthers) {
    kernel.fail_write(0, EIO);
    run();
    EXPECT_EQ(failures(),
              Texts{"0000:01:00.0: set driver_override to vfio-pci: " + std::to_string(EIO)});
    EXPECT_TRUE(is_untouched(plan.units[0]));
    EXPECT_TRUE(is_bound(plan.units[1]));
}

TEST_F(ExecutorTest, AfterAFailureNoFurtherStepOfTheUnitIsTried) {
    kernel.fail_write(3, EPERM);  // the first unbind
    run();
    ASSERT_EQ(failures(),
              Texts{"0000:01:00.1: unbind from snd_hda_intel: " + std::to_string(EPERM)});
    for (std::size_t i = 5; plan.actions[i].unit == 0; ++i) {
        EXPECT_EQ(results[i].state, State::untried) << to_string(plan, plan.actions[i]);
    }
}

TEST_F(ExecutorTest, AUnitIsUndoneNewestStepFirst) {
    kernel.fail_write(6, EINVAL);  // the second bind
    run();
    const Texts undone(kernel.writes().begin() + 7, kernel.writes().begin() + 13);
    EXPECT_EQ(undone, (Texts{
                          "sys/bus/pci/drivers/vfio-pci/unbind < 0000:01:00.0",
                          "0000:01:00.2/driver_override < ",
                          "sys/bus/pci/drivers_probe < 0000:01:00.2",
                          "0000:01:00.1/driver_override < ",
                          "sys/bus/pci/drivers_probe < 0000:01:00.1",
                          "0000:01:00.0/driver_override < ",
                      }));
    EXPECT_TRUE(is_untouched(plan.units[0]));
    EXPECT_EQ(kernel.override_of("0000:01:00.0"), "(null)");
}

TEST_F(ExecutorTest, ABindThatReportsSuccessAndBindsNothingIsSeen) {
    kernel.bind_nothing("0000:01:00.0");
    run();
    EXPECT_EQ(failures(), Texts{"0000:01:00.0: check that vfio-pci holds it: 0"});
    EXPECT_TRUE(is_untouched(plan.units[0]));
    EXPECT_TRUE(is_bound(plan.units[1]));
}

TEST_F(ExecutorTest, ADeviceWithoutAGroupIsRefusedByTheKernelAndGivenBack) {
    kernel.add("0000:02:00.0", {"amdgpu", "", std::nullopt});
    run();
    EXPECT_EQ(failures(), Texts{"0000:02:00.0: bind to vfio-pci: " + std::to_string(EINVAL)});
    EXPECT_TRUE(is_bound(plan.units[0]));
    EXPECT_TRUE(is_untouched(plan.units[1]));
}

TEST_F(ExecutorTest, ADeviceThatVfioTookByItselfIsNoFailure) {
    // The override is set, then the driver registers late and takes the device: bind says EBUSY.
    kernel.add("0000:01:00.0", {"nouveau", kVfio, 10});
    plan.units[0].targets[0].driver_before.clear();
    run();
    EXPECT_EQ(failures(), Texts{});
    EXPECT_TRUE(is_bound(plan.units[0]));
}

TEST_F(ExecutorTest, ADeviceThatAnotherDriverTookInBetweenIsLeftToIt) {
    kernel.add("0000:01:00.0", {"nouveau", "nouveau", 10});
    plan.units[0].targets[0].driver_before.clear();
    run();
    EXPECT_EQ(failures(), Texts{"0000:01:00.0: check that vfio-pci holds it: 0"});
    EXPECT_EQ(kernel.device("0000:01:00.0").driver, "nouveau");
    EXPECT_TRUE(is_untouched(plan.units[0]));
}

TEST_F(ExecutorTest, ADeviceThatIsGoneFailsItsUnitOnly) {
    plan.units[0].targets[0].address = address("0000:09:00.0");
    before = kernel.devices();
    results.assign(plan.actions.size(), {});
    FakeLoader loader(kernel, ModuleState::loaded);
    execute(plan, kernel, loader, results);
    EXPECT_EQ(failures(),
              Texts{"0000:09:00.0: set driver_override to vfio-pci: " + std::to_string(ENOENT)});
    EXPECT_TRUE(is_bound(plan.units[1]));
}

TEST_F(ExecutorTest, WhicheverWriteFailsEveryUnitEndsWholeOrUntouched) {
    const FakeKernel undisturbed = kernel;
    run();
    const auto count = kernel.writes().size();
    ASSERT_EQ(count, 13U);
    for (const int code : {ENODEV, EINVAL, EBUSY, EIO, EPERM, ENOMEM}) {
        for (std::size_t k = 0; k < count; ++k) {
            SCOPED_TRACE("write " + std::to_string(k) + " fails with " + std::to_string(code));
            kernel = undisturbed;
            kernel.fail_write(k, code);
            run();
            EXPECT_EQ(failures().size(), 1U);
            const std::size_t hit = k < 8 ? 0 : 1;
            EXPECT_TRUE(is_untouched(plan.units[hit]));
            EXPECT_TRUE(is_bound(plan.units[1 - hit]));
        }
    }
}

TEST_F(ExecutorTest, AWriteThatFailsAfterItsEffectIsUndoneToo) {
    const FakeKernel undisturbed = kernel;
    for (std::size_t k = 0; k < 13; ++k) {
        SCOPED_TRACE(k);
        kernel = undisturbed;
        kernel.fail_write_late(k, EIO);
        run();
        EXPECT_EQ(failures().size(), 1U);
        EXPECT_TRUE(is_untouched(plan.units[k < 8 ? 0 : 1]));
        EXPECT_TRUE(is_bound(plan.units[k < 8 ? 1 : 0]));
    }
}

TEST_F(ExecutorTest, WithoutTheModuleWhicheverWriteFailsEveryUnitEndsPreparedOrUntouched) {
    const FakeKernel undisturbed = kernel;
    run(ModuleState::absent);
    const auto count = kernel.writes().size();
    ASSERT_EQ(count, 8U);
    for (std::size_t k = 0; k < count; ++k) {
        SCOPED_TRACE(k);
        kernel = undisturbed;
        kernel.fail_write(k, EIO);
        run(ModuleState::absent);
        EXPECT_TRUE(is_untouched(plan.units[k < 5 ? 0 : 1]));
        kernel.load(kVfio);
        EXPECT_TRUE(is_bound(plan.units[k < 5 ? 1 : 0]));
    }
}

TEST_F(ExecutorTest, AnEmptyPlanDoesNothing) {
    FakeLoader loader(kernel, ModuleState::loaded);
    execute(Plan(), kernel, loader, {});
    EXPECT_EQ(loader.asked(), Texts{});
    EXPECT_EQ(kernel.writes(), Texts{});
}

}  // namespace
}  // namespace early_bind
