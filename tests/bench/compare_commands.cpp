// SPDX-License-Identifier: MIT
// Runs commands in turn, again and again, and prints how long each took and how that compares with
// the first: in one run, on one machine, so that a ratio means something where a time does not.
//
//     compare_commands [--runs N] [--chroot DIRECTORY] [--reset COMMAND] NAME=COMMAND...
//
// A command is words parted by blanks, run without a shell, its output thrown away; --reset runs
// before each of them and is not timed. Exit status 1 when a command fails.
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Command {
    std::string name;
    std::vector<std::string> words;
    std::vector<double> times;  ///< microseconds
};

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + ' ') {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    return words;
}

double now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// Microseconds from fork to the end of the program; ends this program when it fails.
double run(const std::vector<std::string>& words, const char* new_root) {
    std::vector<char*> arguments;
    for (const auto& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    const double begun = now();
    const pid_t child = ::fork();
    if (child == 0) {
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        if (new_root == nullptr || (::chroot(new_root) == 0 && ::chdir("/") == 0)) {
            ::execvp(arguments[0], arguments.data());
        }
        ::_exit(127);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
        std::fprintf(stderr, "compare_commands: `%s` failed (wait status %#x)\n", words[0].c_str(),
                     static_cast<unsigned>(status));
        std::exit(1);
    }
    return now() - begun;
}

double at_rank(std::vector<double> times, double rank) {
    std::sort(times.begin(), times.end());
    return times[static_cast<std::size_t>(rank * static_cast<double>(times.size() - 1))];
}

int usage() {
    std::fputs(
        "usage: compare_commands [--runs N] [--chroot DIRECTORY] [--reset COMMAND] "
        "NAME=COMMAND...\n",
        stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    long runs = 21;
    const char* new_root = nullptr;
    std::vector<std::string> reset;
    std::vector<Command> commands;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        if (word.rfind("--", 0) == 0 && i + 1 < argc) {
            const char* value = argv[++i];
            if (word == "--runs") {
                runs = std::strtol(value, nullptr, 10);
            } else if (word == "--chroot") {
                new_root = value;
            } else if (word == "--reset") {
                reset = split(value);
            } else {
                return usage();
            }
        } else if (equals != std::string::npos && equals + 1 < word.size()) {
            commands.push_back({word.substr(0, equals), split(word.substr(equals + 1)), {}});
        } else {
            return usage();
        }
    }
    if (commands.empty() || runs < 1) {
        return usage();
    }
    for (long i = -1; i < runs; ++i) {  // the first round warms the caches
        for (auto& command : commands) {
            if (!reset.empty()) {
                (void)run(reset, nullptr);
            }
            const double time = run(command.words, new_root);
            if (i >= 0) {
                command.times.push_back(time);
            }
        }
    }
    std::printf("%-24s %12s %12s %12s %22s\n", "command", "median us", "10 % us", "90 % us",
                "ratio to the first");
    for (const auto& command : commands) {
        std::printf("%-24s %12.0f %12.0f %12.0f %22.2f\n", command.name.c_str(),
                    at_rank(command.times, 0.5), at_rank(command.times, 0.1),
                    at_rank(command.times, 0.9),
                    at_rank(command.times, 0.5) / at_rank(commands[0].times, 0.5));
    }
}
