// SPDX-License-Identifier: MIT
#include "early-bind/log.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "core/text.hpp"

namespace early_bind {
namespace {

// The kernel cuts a line from user space at 1024 bytes less its prefix (kernel/printk/printk.c,
// PRINTKRB_RECORD_MAX).
constexpr std::size_t kLineLimit = 900;

/// Opened for each line: the kernel lets ten lines in five seconds through per open file
/// (devkmsg_write() and its ratelimit).
bool write_kernel_log(const sysfs::Root& root, std::string_view line) {
    const int fd = root.open_at("dev/kmsg", O_WRONLY);
    if (fd < 0) {
        return false;
    }
    const bool written = ::write(fd, line.data(), line.size()) >= 0;
    ::close(fd);
    return written;
}

}  // namespace

void Log::line(Level level, std::string_view text) const {
    const bool important = level <= Level::notice;
    if ((level == Level::debug && !debug_) || (quiet_ && !debug_ && !important)) {
        return;
    }
    const auto safe = text::printable(text.substr(0, kLineLimit));
    const bool logged =
        root_.is_live() &&
        write_kernel_log(root_, fmt::format("<{}>early-bind: {}\n", static_cast<int>(level), safe));
    if (!logged || (quiet_ && important)) {
        const auto line = fmt::format("early-bind: {}\n", safe);
        if (::write(STDERR_FILENO, line.data(), line.size()) < 0) {
            return;  // nobody is left to tell
        }
    }
}

}  // namespace early_bind
