// SPDX-License-Identifier: MIT
#include "early-bind/deadline.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace early_bind {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = StepResult::State;

constexpr seconds kPlenty{60};

TEST(Deadline, AChildThatReturnsHasFinished) {
    EXPECT_EQ(run_with_deadline([] {}, kPlenty).value(), ChildEnd::finished);
}

TEST(Deadline, AChildThatEndsOtherwiseHasCrashed) {
    EXPECT_EQ(run_with_deadline([] { ::_exit(3); }, kPlenty).value(), ChildEnd::crashed);
    EXPECT_EQ(run_with_deadline([] { ::raise(SIGKILL); }, kPlenty).value(), ChildEnd::crashed);
    EXPECT_EQ(run_with_deadline([] { throw std::runtime_error("x"); }, kPlenty).value(),
              ChildEnd::crashed);
    EXPECT_EQ(run_with_deadline([] { throw 1; }, kPlenty).value(), ChildEnd::crashed);
}

TEST(Deadline, AChildThatDoesNotReturnIsNotWaitedFor) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run_with_deadline([] { ::sleep(300); }, milliseconds(100)).value(),
              ChildEnd::timed_out);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, milliseconds(90));  // poll() counts whole milliseconds
    EXPECT_LT(took, seconds(30));
}

TEST(Deadline, AChildThatIgnoresSignalsIsNotWaitedForEither) {
    EXPECT_EQ(run_with_deadline(
                  [] {
                      (void)::signal(SIGTERM, SIG_IGN);
                      (void)::signal(SIGINT, SIG_IGN);
                      for (;;) {
                          ::pause();
                      }
                  },
                  milliseconds(100))
                  .value(),
              ChildEnd::timed_out);
}

TEST(Deadline, AChildThatIsLeftGoesOnAndHoldsNoPipeOfOurs) {
    std::array<int, 2> output{};
    ASSERT_EQ(::pipe(output.data()), 0);
    const int kept = ::dup(STDOUT_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    ::close(output[1]);
    std::array<int, 2> sign{};
    ASSERT_EQ(::pipe(sign.data()), 0);
    const auto end = run_with_deadline(
        [&sign] {
            ::sleep(1);
            (void)!::write(sign[1], "x", 1);
        },
        milliseconds(100), WhenLate::leave);
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
    EXPECT_EQ(end.value(), ChildEnd::timed_out);
    char byte = 0;
    EXPECT_EQ(::read(output[0], &byte, 1), 0) << "the end of the output, while the child lives";
    EXPECT_EQ(::read(sign[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
    for (const int fd : {output[0], sign[0], sign[1]}) {
        ::close(fd);
    }
}

TEST(Deadline, ALateChildsEndCanBeWaitedForByAnotherChild) {
    std::array<int, 2> order{};
    ASSERT_EQ(::pipe(order.data()), 0);
    LateChild late;
    const auto first = run_with_deadline(
        [&order] {
            ::sleep(1);
            (void)!::write(order[1], "1", 1);
        },
        milliseconds(50), WhenLate::leave, &late);
    EXPECT_EQ(first.value(), ChildEnd::timed_out);
    const auto second = run_with_deadline(
        [&] {
            late.wait_for_its_end();
            (void)!::write(order[1], "2", 1);
        },
        kPlenty);
    EXPECT_EQ(second.value(), ChildEnd::finished);
    std::array<char, 2> bytes{};
    EXPECT_EQ(::read(order[0], bytes.data(), 2), 2);
    EXPECT_EQ(std::string_view(bytes.data(), 2), "12");
    ::close(order[0]);
    ::close(order[1]);
}

TEST(Deadline, WithoutALateChildThereIsNothingToWaitFor) {
    LateChild late;
    EXPECT_EQ(run_with_deadline([] {}, kPlenty, WhenLate::kill, &late).value(), ChildEnd::finished);
    late.wait_for_its_end();
}

TEST(Deadline, WhatTheChildDidStaysInTheChild) {
    int value = 1;
    EXPECT_EQ(run_with_deadline([&value] { value = 2; }, kPlenty).value(), ChildEnd::finished);
    EXPECT_EQ(value, 1);
}

TEST(SharedResults, BeginUntried) {
    const auto results = SharedResults::make(3).value();
    ASSERT_EQ(results.span().size(), 3U);
    for (const auto& result : results.span()) {
        EXPECT_EQ(result.state, State::untried);
        EXPECT_EQ(result.error, 0);
    }
    EXPECT_TRUE(SharedResults::make(0).value().span().empty());
}

TEST(SharedResults, AreSeenByTheParent) {
    const auto results = SharedResults::make(2).value();
    EXPECT_EQ(run_with_deadline(
                  [&results] {
                      results.span()[1] = {State::failed, 19};
                  },
                  kPlenty)
                  .value(),
              ChildEnd::finished);
    EXPECT_EQ(results.span()[0].state, State::untried);
    EXPECT_EQ(results.span()[1].state, State::failed);
    EXPECT_EQ(results.span()[1].error, 19);
}

TEST(SharedResults, TellHowFarAStuckChildCame) {
    const auto results = SharedResults::make(3).value();
    EXPECT_EQ(run_with_deadline(
                  [&results] {
                      results.span()[0].state = State::done;
                      results.span()[1].state = State::running;
                      ::sleep(300);
                      results.span()[2].state = State::done;
                  },
                  seconds(1))
                  .value(),
              ChildEnd::timed_out);
    EXPECT_EQ(results.span()[0].state, State::done);
    EXPECT_EQ(results.span()[1].state, State::running);
    EXPECT_EQ(results.span()[2].state, State::untried);
}

TEST(SharedResults, MayBeMoved) {
    auto one = SharedResults::make(1).value();
    one.span()[0].state = State::done;
    const auto other = std::move(one);
    EXPECT_EQ(other.span()[0].state, State::done);
}

}  // namespace
}  // namespace early_bind
