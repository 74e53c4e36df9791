// SPDX-License-Identifier: MIT
#include "grub-gen/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "core/text.hpp"

namespace early_bind::process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputLimit = 64UL * 1024 * 1024;
constexpr std::chrono::seconds kGrace{2};

/// A descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~Descriptor() { reset(); }
    void reset(int fd = -1) {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        fd_ = fd;
    }
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

struct Pipe {
    Descriptor read;
    Descriptor write;

    bool open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            return false;
        }
        read.reset(ends[0]);
        write.reset(ends[1]);
        return true;
    }
};

/// What the child needs, all of it made before the fork: afterwards it makes system calls only.
struct Child {
    std::vector<char*> argv;
    std::vector<char*> environment;
    int in = -1;
    int out = -1;     ///< -1: inherited
    int err = -1;     ///< -1: inherited
    int report = -1;  ///< gets errno when the program cannot be started
    const char* chroot = nullptr;
    bool own_group = false;
};

std::vector<std::string> make_environment(const Options& options) {
    const auto is_changed = [&options](std::string_view name) {
        return std::find(options.unset.begin(), options.unset.end(), name) != options.unset.end() ||
               std::any_of(options.set.begin(), options.set.end(),
                           [name](const auto& pair) { return pair.first == name; });
    };
    std::vector<std::string> variables;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (!is_changed(text.substr(0, text.find('=')))) {
            variables.emplace_back(text);
        }
    }
    for (const auto& [name, value] : options.set) {
        variables.push_back(fmt::format("{}={}", name, value));
    }
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

/// A file in memory that holds the program's input: unlike a pipe it cannot fill up, nor raise
/// SIGPIPE when the program does not read it.
bool make_input(const std::string& input, Descriptor& file) {
    file.reset(::memfd_create("input", MFD_CLOEXEC));
    std::size_t written = 0;
    while (file.get() >= 0 && written < input.size()) {
        const ssize_t count = ::write(file.get(), input.data() + written, input.size() - written);
        if (count < 0) {
            return false;
        }
        written += static_cast<std::size_t>(count);
    }
    return file.get() >= 0 && ::lseek(file.get(), 0, SEEK_SET) == 0;
}

[[noreturn]] void become(const Child& child) {
    if (child.own_group) {
        ::setpgid(0, 0);
    }
    const bool ready =
        (child.chroot == nullptr || (::chroot(child.chroot) == 0 && ::chdir("/") == 0)) &&
        ::dup2(child.in, STDIN_FILENO) >= 0 &&
        (child.out < 0 || ::dup2(child.out, STDOUT_FILENO) >= 0) &&
        (child.err < 0 || ::dup2(child.err, STDERR_FILENO) >= 0);
    if (ready) {
        ::execvpe(child.argv[0], child.argv.data(), child.environment.data());
    }
    const int code = errno;
    (void)!::write(child.report, &code, sizeof(code));
    ::_exit(127);
}

/// The errno that the child reported, 0 when the program was started.
int start_error(int report) {
    int code = 0;
    ssize_t count = 0;
    do {
        count = ::read(report, &code, sizeof(code));
    } while (count < 0 && errno == EINTR);
    return count == static_cast<ssize_t>(sizeof(code)) ? code : 0;
}

/// Reads what is there now; closes the descriptor at the end of the stream.
void drain(Descriptor& from, std::string& to) {
    std::array<char, 65536> buffer{};
    while (from.get() >= 0 && to.size() <= kOutputLimit) {
        const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
        if (count > 0) {
            to.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            from.reset();
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

int wait_status(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// A program that runs, with the ends of its output that we read.
struct Running {
    pid_t pid = -1;
    bool own_group = false;
    Descriptor pidfd;
    Descriptor out;
    Descriptor err;

    void signal(int number) const { ::kill(own_group ? -pid : pid, number); }
};

/// Reads until the program ends. Returns why it had to be ended, nothing when it ended by itself.
std::optional<std::string> follow(Running& running, std::chrono::milliseconds timeout,
                                  Outcome& outcome) {
    const bool limited = timeout.count() > 0;
    auto deadline = Clock::now() + timeout;
    std::optional<std::string> ended;
    for (;;) {
        std::array<pollfd, 3> polls = {pollfd{running.pidfd.get(), POLLIN, 0},
                                       pollfd{running.out.get(), POLLIN, 0},
                                       pollfd{running.err.get(), POLLIN, 0}};
        int wait = -1;
        if (limited || ended) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
            wait = static_cast<int>(std::clamp<long>(left, 0, 60'000));
        }
        const int ready = ::poll(polls.data(), polls.size(), wait);
        drain(running.out, outcome.out);
        drain(running.err, outcome.err);
        if (ready > 0 && polls[0].revents != 0) {
            return ended;
        }
        const bool too_much =
            outcome.out.size() > kOutputLimit || outcome.err.size() > kOutputLimit;
        const bool too_late = (limited || ended) && Clock::now() >= deadline;
        if (ended && too_late) {
            running.signal(SIGKILL);
            deadline = Clock::now() + std::chrono::hours(1);
        } else if (!ended && (too_late || too_much)) {
            ended = too_much ? fmt::format("printed more than {} MiB", kOutputLimit / 1024 / 1024)
                             : fmt::format("did not end within {} s",
                                           static_cast<double>(timeout.count()) / 1000);
            running.out.reset();
            running.err.reset();
            running.signal(SIGTERM);
            deadline = Clock::now() + kGrace;
        }
    }
}

}  // namespace

Result<Outcome> run(const std::vector<std::string>& argv, const Options& options) {
    if (argv.empty()) {
        return fail("cannot run a program without a name");
    }
    const auto failure = [&argv](int code) {
        return fail(fmt::format("cannot run {}: {}", argv[0], std::strerror(code)));
    };
    Descriptor input;
    Pipe out;
    Pipe err;
    Pipe report;
    if (!make_input(options.input, input) || !report.open() ||
        (options.capture_out && !out.open()) || (options.capture_err && !err.open())) {
        return failure(errno);
    }
    auto words = argv;
    auto variables = make_environment(options);
    Child child;
    child.argv = pointers(words);
    child.environment = pointers(variables);
    child.in = input.get();
    child.out = out.write.get();
    child.err = err.write.get();
    child.report = report.write.get();
    child.chroot = options.chroot.empty() ? nullptr : options.chroot.c_str();
    child.own_group = options.timeout.count() > 0;

    Running running;
    running.own_group = child.own_group;
    running.pid = ::fork();
    if (running.pid < 0) {
        return failure(errno);
    }
    if (running.pid == 0) {
        become(child);
    }
    for (auto* pipe : {&out, &err, &report}) {
        pipe->write.reset();
    }
    if (const int code = start_error(report.read.get()); code != 0) {
        (void)wait_status(running.pid);
        return failure(code);
    }
    running.out = std::move(out.read);
    running.err = std::move(err.read);
    for (const auto* end : {&running.out, &running.err}) {
        if (end->get() >= 0) {
            ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
        }
    }
    // By number: glibc 2.36 declares pidfd_open() without C linkage.
    running.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, running.pid, 0)));
    if (running.pidfd.get() < 0) {
        const int code = errno;
        running.signal(SIGKILL);
        (void)wait_status(running.pid);
        return failure(code);
    }
    Outcome outcome;
    const auto ended = follow(running, options.timeout, outcome);
    if (ended) {
        running.signal(SIGKILL);  // its children, while its number is still taken
    }
    outcome.status = wait_status(running.pid);
    if (ended) {
        return fail(fmt::format("{} {}", argv[0], *ended));
    }
    return outcome;
}

std::string last_words(const std::string& err) {
    constexpr std::size_t kLimit = 200;
    const auto lines = text::split(text::trim(err), '\n');
    return text::printable(lines.back().substr(0, kLimit));
}

}  // namespace early_bind::process
