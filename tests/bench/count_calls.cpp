// SPDX-License-Identifier: MIT
// Runs a static program and counts its system calls, those of its children included, from the
// first after execve() on.
//
//     count_calls [--chroot DIRECTORY] PROGRAM [ARGUMENT...]
//
// prints `calls N writes N rss N status N` to standard error: all system calls, exit_group()
// included; those among them that write or make or remove something; the peak of resident memory
// of the program in KiB (VmHWM); its exit status. Exit status 77: this system lets us not do it.
#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

constexpr int kSkip = 77;

[[noreturn]] void give_up(const char* what, int status) {
    std::fprintf(stderr, "count_calls: %s: %s\n", what, std::strerror(errno));
    std::exit(status);
}

bool opens_to_write(std::uint64_t flags) {
    return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
}

bool is_write(const __ptrace_syscall_info& info) {
    constexpr std::array kWriting = {
        SYS_write,       SYS_pwrite64,     SYS_writev,       SYS_pwritev,   SYS_pwritev2,
        SYS_sendto,      SYS_sendmsg,      SYS_sendfile,     SYS_creat,     SYS_truncate,
        SYS_ftruncate,   SYS_mkdir,        SYS_mkdirat,      SYS_unlink,    SYS_unlinkat,
        SYS_rmdir,       SYS_rename,       SYS_renameat,     SYS_renameat2, SYS_link,
        SYS_linkat,      SYS_symlink,      SYS_symlinkat,    SYS_chmod,     SYS_fchmod,
        SYS_fchmodat,    SYS_chown,        SYS_fchownat,     SYS_mknodat,   SYS_mount,
        SYS_init_module, SYS_finit_module, SYS_delete_module};
    const auto number = static_cast<long>(info.entry.nr);
    const auto& arguments = info.entry.args;
    switch (number) {
        case SYS_open:
            return opens_to_write(arguments[1]);
        case SYS_openat:
            return opens_to_write(arguments[2]);
        case SYS_openat2:
            return true;  // its flags are in the program's memory; `/` as root does without
        default:
            return std::find(kWriting.begin(), kWriting.end(), number) != kWriting.end();
    }
}

/// The high-water mark of a process that is about to end.
long peak_kib(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmHWM:", 0) == 0) {
            return std::strtol(line.c_str() + 6, nullptr, 10);
        }
    }
    return 0;
}

/// The program's process: waits to be traced, then becomes the program.
[[noreturn]] void become(const char* new_root, char** program) {
    if (new_root != nullptr) {
        // Whoever is not root may still be in a user namespace of its own.
        if (::geteuid() != 0 && ::unshare(CLONE_NEWUSER) != 0) {
            give_up("no user namespace", kSkip);
        }
        if (::chroot(new_root) != 0 || ::chdir("/") != 0) {
            give_up(new_root, errno == EPERM ? kSkip : 2);
        }
    }
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
        give_up("ptrace", kSkip);
    }
    (void)::raise(SIGSTOP);
    ::execv(program[0], program);
    give_up(program[0], 2);
}

struct Counts {
    long calls = 0;
    long writes = 0;
    long rss = 0;
    int status = 0;
};

Counts trace(pid_t program) {
    int status = 0;
    if (::waitpid(program, &status, 0) != program || !WIFSTOPPED(status)) {
        std::exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
    }
    constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
                                       PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
                                       PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    if (::ptrace(PTRACE_SETOPTIONS, program, nullptr, kOptions) != 0 ||
        ::ptrace(PTRACE_SYSCALL, program, nullptr, nullptr) != 0) {
        give_up("ptrace", kSkip);
    }
    Counts counts;
    bool running = false;  // the program, and not yet this one's image
    for (;;) {
        const pid_t pid = ::waitpid(-1, &status, __WALL);
        if (pid < 0) {
            return counts;  // nobody is left
        }
        if (!WIFSTOPPED(status)) {
            if (pid == program) {
                counts.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            continue;
        }
        int signal = 0;
        const int event = status >> 16;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            __ptrace_syscall_info info{};
            if (running && ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
                info.op == PTRACE_SYSCALL_INFO_ENTRY) {
                ++counts.calls;
                counts.writes += is_write(info) ? 1 : 0;
            }
        } else if (event == PTRACE_EVENT_EXEC) {
            running = true;
        } else if (event == PTRACE_EVENT_EXIT && pid == program) {
            counts.rss = peak_kib(pid);
        } else if (event == 0 && WSTOPSIG(status) != SIGSTOP) {
            signal = WSTOPSIG(status);
        }
        (void)::ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    char** program = argv + 1;
    const char* new_root = nullptr;
    if (argc > 3 && std::strcmp(argv[1], "--chroot") == 0) {
        new_root = argv[2];
        program += 2;
    }
    if (program >= argv + argc) {
        std::fputs("usage: count_calls [--chroot DIRECTORY] PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    const pid_t child = ::fork();
    if (child < 0) {
        give_up("fork", 2);
    }
    if (child == 0) {
        become(new_root, program);
    }
    const Counts counts = trace(child);
    std::fprintf(stderr, "calls %ld writes %ld rss %ld status %d\n", counts.calls, counts.writes,
                 counts.rss, counts.status);
}
