// SPDX-License-Identifier: MIT
#include "grub-gen/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace early_bind::process {
namespace {

using namespace std::chrono_literals;

TEST(Process, ReturnsOutputAndStatus) {
    const auto outcome = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, 3);
    EXPECT_EQ(outcome->out, "out\n");
    EXPECT_EQ(outcome->err, "err\n");
}

TEST(Process, HandsArgumentsOnAsTheyAre) {
    const auto outcome = run({"printf", "%s|", "a b", "", "$HOME;'\"", "*"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->out, "a b||$HOME;'\"|*|");
}

TEST(Process, SetsAndUnsetsVariables) {
    ::setenv("EARLY_BIND_A", "inherited", 1);
    ::setenv("EARLY_BIND_B", "inherited", 1);
    ::setenv("EARLY_BIND_C", "inherited", 1);
    Options options;
    options.set = {{"EARLY_BIND_A", "set=1"}};
    options.unset = {"EARLY_BIND_B"};
    const auto outcome =
        run({"sh", "-c", "echo $EARLY_BIND_A ${EARLY_BIND_B-none} $EARLY_BIND_C"}, options);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->out, "set=1 none inherited\n");
    for (const char* name : {"EARLY_BIND_A", "EARLY_BIND_B", "EARLY_BIND_C"}) {
        ::unsetenv(name);
    }
}

TEST(Process, GivesAndTakesMoreThanAPipeHolds) {
    Options options;
    options.input.assign(3'000'000, 'x');
    const auto outcome = run({"cat"}, options);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->out, options.input);
    const auto ignored = run({"true"}, options);  // does not read its input
    ASSERT_TRUE(ignored);
    EXPECT_EQ(ignored->status, 0);
}

TEST(Process, HasEmptyInputByDefault) {
    const auto outcome = run({"cat"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->out, "");
}

TEST(Process, SaysWhatCannotBeRun) {
    const auto outcome = run({"early-bind-no-such-program"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what,
              "cannot run early-bind-no-such-program: No such file or directory");
    const auto directory = run({"/"});
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().what, "cannot run /: Permission denied");
    EXPECT_FALSE(run({}));
}

TEST(Process, TellsTheSignalThatEndedAProgram) {
    const auto outcome = run({"sh", "-c", "kill -9 $$"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, 128 + 9);
}

TEST(Process, EndsAProgramAndItsChildrenAtTheTimeLimit) {
    Options options;
    options.timeout = 200ms;
    const auto begin = std::chrono::steady_clock::now();
    // The child would keep the pipe open for a minute, and the program ignores SIGTERM.
    const auto outcome = run({"sh", "-c", "trap '' TERM; sleep 60 & sleep 60; sleep 60"}, options);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, "sh did not end within 0.2 s");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(Process, DoesNotWaitForChildrenLeftBehind) {
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = run({"sh", "-c", "sleep 30 & echo $!"});
    ASSERT_TRUE(outcome);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
    EXPECT_TRUE(run({"kill", outcome->out.substr(0, outcome->out.find('\n'))}));
}

TEST(Process, EndsAProgramThatPrintsWithoutEnd) {
    const auto outcome = run({"yes"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, "yes printed more than 64 MiB");
}

TEST(Process, RunsBelowAnotherRoot) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "chroot(2) needs root";
    }
    Options options;
    options.chroot = "/usr";  // where /usr/bin/true is /bin/true, but has no loader
    EXPECT_FALSE(run({"/usr/bin/true"}, options));
    options.chroot = "/no/such/directory";
    const auto outcome = run({"true"}, options);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().what, "cannot run true: No such file or directory");
    options.chroot = "/";
    EXPECT_TRUE(run({"true"}, options));
}

}  // namespace
}  // namespace early_bind::process
