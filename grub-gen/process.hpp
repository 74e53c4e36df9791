// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace early_bind::process {

struct Options {
    std::vector<std::pair<std::string, std::string>> set;  ///< environment variables to set
    std::vector<std::string> unset;                        ///< environment variables to take away
    std::string input;                     ///< what the program reads on its standard input
    bool capture_out = true;               ///< else its standard output is ours
    bool capture_err = true;               ///< else its standard error is ours
    std::string chroot;                    ///< the directory that becomes its root, empty for none
    std::chrono::milliseconds timeout{0};  ///< 0 for no limit
};

struct Outcome {
    int status = 0;   ///< exit status; 128 + number of the signal that ended the program
    std::string out;  ///< empty when not captured
    std::string err;
};

/// Runs a program and waits for its end; `argv[0]` is looked for along PATH. No shell is involved.
/// The wait ends with the program itself: what children it leaves behind write later is not read.
///
/// Errors: "cannot run PROGRAM: ..." when it could not be started, "PROGRAM did not end within
/// N s" when the time limit ended it (SIGTERM to it and its children, SIGKILL two seconds later),
/// and when it prints more than 64 MiB. Any exit status is a success here.
///
/// With a time limit the program gets a process group of its own, so that its children can be
/// ended with it; then the keys of the terminal (Ctrl-C) do not reach it.
[[nodiscard]] Result<Outcome> run(const std::vector<std::string>& argv,
                                  const Options& options = {});

/// The end of what a program said on its standard error, as one line that can be printed.
[[nodiscard]] std::string last_words(const std::string& err);

}  // namespace early_bind::process
