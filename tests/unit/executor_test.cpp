// SPDX-License-Identifier: MIT
#include "early-bind/executor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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
constexpr const char* kScreen = "simple-framebuffer.0";
constexpr const char* kScreenDriver = "simple-framebuffer";

/// What the kernel answers to these writes: drivers/base/bus.c, dd.c and driver.c, vfio_pci_core.c,
/// kernfs, and what a security module or a read-only /sys says.
constexpr std::array kErrors = {ENODEV, EINVAL, EBUSY,  EIO,   EPERM, ENOMEM,
                                ENOENT, EACCES, EAGAIN, EROFS, EINTR, ETIMEDOUT};

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

    [[nodiscard]] Plan plan_for(const std::vector<std::pair<int, Texts>>& groups) const {
        Plan made;
        for (const auto& [group, addresses] : groups) {
            Unit unit;
            unit.group = group;
            for (const auto& text : addresses) {
                unit.targets.push_back(
                    {address(text), {}, std::nullopt, kernel.device(text).driver});
            }
            made.units.push_back(std::move(unit));
        }
        add_actions(made);
        return made;
    }

    /// The first card is the firmware's display, and the profile forbids D3cold: every kind of
    /// step.
    void use_every_kind_of_step() {
        kernel.add_framebuffer(kScreen, kScreenDriver);
        plan.framebuffers = {{kScreen, kScreenDriver, address("0000:01:00.0")}};
        plan.d3cold_allowed = false;
        add_actions(plan);
    }

    void run(Result<ModuleState> loaded = ModuleState::loaded) {
        before = kernel.devices();
        results.assign(plan.actions.size(), {});
        FakeLoader loader(kernel, std::move(loaded));
        execute(plan, kernel, loader, results);
        const bool asks = plan.actions.front().kind == ActionKind::load_module;
        EXPECT_EQ(loader.asked(), asks ? Texts{kVfio} : Texts{});
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

TEST_F(ExecutorTest, AUnitIsUndoneFunctionByFunction) {
    kernel.fail_write(6, EINVAL);  // the second bind
    run();
    const Texts undone(kernel.writes().begin() + 7, kernel.writes().begin() + 13);
    EXPECT_EQ(undone, (Texts{
                          "sys/bus/pci/drivers/vfio-pci/unbind < 0000:01:00.0",
                          "0000:01:00.0/driver_override < ",
                          "0000:01:00.1/driver_override < ",
                          "sys/bus/pci/drivers_probe < 0000:01:00.1",
                          "0000:01:00.2/driver_override < ",
                          "sys/bus/pci/drivers_probe < 0000:01:00.2",
                      }));
    EXPECT_TRUE(is_untouched(plan.units[0]));
    EXPECT_EQ(kernel.override_of("0000:01:00.0"), "(null)");
}

TEST_F(ExecutorTest, SomebodyElsesOverrideComesBack) {
    kernel.add("0000:01:00.0", {"nouveau", "", 10, "pci-stub"});
    kernel.fail_write(6, EINVAL);
    run();
    EXPECT_TRUE(is_untouched(plan.units[0]));
    EXPECT_EQ(kernel.override_of("0000:01:00.0"), "pci-stub");
}

TEST_F(ExecutorTest, AnOverrideOfAnEarlierDeferredBootIsOurOwnToTakeBack) {
    kernel.add("0000:01:00.0", {"nouveau", "", 10, kVfio});
    kernel.fail_write(6, EINVAL);
    run();
    EXPECT_EQ(kernel.override_of("0000:01:00.0"), "(null)");
}

TEST_F(ExecutorTest, TheScreenGoesLastBeforeTheBinds) {
    use_every_kind_of_step();
    run();
    const Texts first(kernel.writes().begin(), kernel.writes().begin() + 12);
    EXPECT_EQ(first,
              (Texts{
                  "0000:01:00.0/driver_override < vfio-pci",
                  "0000:01:00.1/driver_override < vfio-pci",
                  "0000:01:00.2/driver_override < vfio-pci",
                  "0000:01:00.0/d3cold_allowed < 0",
                  "0000:01:00.1/d3cold_allowed < 0",
                  "0000:01:00.2/d3cold_allowed < 0",
                  "0000:01:00.1/driver/unbind < 0000:01:00.1",
                  "0000:01:00.2/driver/unbind < 0000:01:00.2",
                  "sys/bus/platform/drivers/simple-framebuffer/unbind < simple-framebuffer.0",
                  "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.0",
                  "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.1",
                  "sys/bus/pci/drivers/vfio-pci/bind < 0000:01:00.2",
              }));
    EXPECT_EQ(kernel.framebuffer(kScreen), "");
    EXPECT_EQ(kernel.device("0000:01:00.0").d3cold, "0");
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

/// The fault matrix: every write of a plan with every kind of step fails with every errno, before
/// and after its effect, and every write blocks. Each time, each unit ends complete or untouched.
class FaultMatrix : public ExecutorTest {
  protected:
    static constexpr std::size_t kFirstUnit = 12;  ///< writes of the first unit when all goes well
    static constexpr std::size_t kWrites = 19;

    FaultMatrix() {
        use_every_kind_of_step();
        undisturbed_ = kernel;
        run();
        EXPECT_EQ(kernel.writes().size(), kWrites);
    }

    void reset() { kernel = undisturbed_; }

    /// Whether a failure of write `k` leaves its unit's binding as it is.
    [[nodiscard]] static bool is_harmless(std::size_t k) {
        return (k >= 3 && k < 6) || k == 8 || (k >= 14 && k < 16);
    }

    void expect_end(std::size_t k, bool unit_fails) {
        const std::size_t hit = k < kFirstUnit ? 0 : 1;
        if (unit_fails) {
            EXPECT_TRUE(is_untouched(plan.units[hit]));
            if (hit == 0) {
                EXPECT_EQ(kernel.framebuffer(kScreen), kScreenDriver);
            }
        } else {
            EXPECT_TRUE(is_bound(plan.units[hit]));
        }
        ++cases;
    }

    /// The function whose step is running, empty when that is the screen's.
    [[nodiscard]] std::string stuck_device() const {
        for (std::size_t i = 0; i < results.size(); ++i) {
            const auto& action = plan.actions[i];
            if (results[i].state == State::running &&
                action.kind != ActionKind::release_framebuffer) {
                return to_string(plan.units[action.unit].targets[action.target].address);
            }
        }
        return {};
    }

    void TearDown() override { RecordProperty("fault_matrix_cases", std::to_string(cases)); }

    FakeKernel undisturbed_;
    std::size_t cases = 0;
};

TEST_F(FaultMatrix, AWriteFails) {
    for (const int code : kErrors) {
        for (std::size_t k = 0; k < kWrites; ++k) {
            SCOPED_TRACE("write " + std::to_string(k) + " fails with " + std::to_string(code));
            reset();
            kernel.fail_write(k, code);
            run();
            EXPECT_EQ(failures().size(), 1U);
            expect_end(k, !is_harmless(k));
            EXPECT_TRUE(is_bound(plan.units[k < kFirstUnit ? 1 : 0]));
        }
    }
    EXPECT_EQ(cases, kErrors.size() * kWrites);
}

TEST_F(FaultMatrix, AWriteFailsAfterItsEffect) {
    for (const int code : kErrors) {
        for (std::size_t k = 0; k < kWrites; ++k) {
            SCOPED_TRACE("write " + std::to_string(k) + " late with " + std::to_string(code));
            reset();
            kernel.fail_write_late(k, code);
            run();
            // A bind that says EBUSY and has the function is as good as any other.
            const bool bind = (k >= 9 && k < 12) || k >= 17;
            const bool fine = is_harmless(k) || (bind && code == EBUSY);
            EXPECT_EQ(failures().size(), bind && code == EBUSY ? 0U : 1U);
            if (k != 8) {
                expect_end(k, !fine);
            } else {
                EXPECT_TRUE(is_bound(plan.units[0]));
                ++cases;
            }
            EXPECT_TRUE(is_bound(plan.units[k < kFirstUnit ? 1 : 0]));
        }
    }
    EXPECT_EQ(cases, kErrors.size() * kWrites);
}

/// A step that never comes back is given up with its process, and another one cleans up. What the
/// kernel still holds is cleaned up when it lets go.
TEST_F(FaultMatrix, AWriteBlocks) {
    for (const bool after_effect : {false, true}) {
        for (std::size_t k = 0; k < kWrites; ++k) {
            SCOPED_TRACE("write " + std::to_string(k) +
                         (after_effect ? " blocks after" : " blocks"));
            reset();
            kernel.block_write(k, after_effect);
            EXPECT_THROW(run(), FakeKernel::Blocked);
            const std::size_t hit = k < kFirstUnit ? 0 : 1;
            undo_stuck(plan, kernel, results, [&] {
                // The others of the unit are given back while one is stuck.
                for (const auto& target : plan.units[hit].targets) {
                    const auto text = to_string(target.address);
                    EXPECT_TRUE(text == stuck_device() || kernel.device(text) == before.at(text))
                        << text;
                }
                kernel.release();
            });
            EXPECT_TRUE(is_untouched(plan.units[hit]));
            if (hit == 0) {
                EXPECT_TRUE(is_untouched(plan.units[1]));
            } else {
                EXPECT_TRUE(is_bound(plan.units[0]));
            }
            ++cases;
        }
    }
    EXPECT_EQ(cases, 2 * kWrites);
}

TEST_F(ExecutorTest, NothingIsUndoneWhenNothingIsStuck) {
    run();
    const auto count = kernel.writes().size();
    undo_stuck(plan, kernel, results, [] {});
    EXPECT_EQ(kernel.writes().size(), count);
    EXPECT_TRUE(is_bound(plan.units[0]));
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
