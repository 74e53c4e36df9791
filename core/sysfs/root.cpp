// SPDX-License-Identifier: MIT
#include "core/sysfs/root.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include "core/sysfs/descriptor.hpp"
#include "core/text.hpp"

namespace early_bind::sysfs {
namespace {

bool same_directory(int fd, const char* path) {
    struct stat one {};
    struct stat other {};
    return ::fstat(fd, &one) == 0 && ::stat(path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/// What an attribute of sysfs fits into, its end included.
using Page = std::array<char, 4096>;

/// read(2), again when a signal came between.
ssize_t read_page(int fd, Page& page) {
    ssize_t count = -1;
    do {
        count = ::read(fd, page.data(), page.size());
    } while (count < 0 && errno == EINTR);
    return count;
}

}  // namespace

Root::Root(int fd, std::string directory, bool live)
    : fd_(fd), directory_(std::move(directory)), live_(live) {}

Root::Root(Root&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      directory_(std::move(other.directory_)),
      live_(other.live_) {}

Root& Root::operator=(Root&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(directory_, other.directory_);
    std::swap(live_, other.live_);
    return *this;
}

Root::~Root() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Result<Root> Root::open(const std::string& directory) {
    const int fd = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail(
            fmt::format("cannot open the root directory {}: {}", directory, std::strerror(errno)));
    }
    const bool live = directory == "/" || same_directory(fd, "/");
    std::string shown = directory;
    while (!shown.empty() && shown.back() == '/') {
        shown.pop_back();
    }
    return Root(fd, live ? std::string() : shown, live);
}

Result<Root> Root::open(const std::string& directory, const std::string& shown) {
    auto root = open(directory);
    if (root) {
        root->directory_ = shown;
    }
    return root;
}

std::string Root::outside_path(std::string_view path) const {
    return fmt::format("{}/{}", directory_, path);
}

int Root::open_at(const std::string& path, int flags, unsigned mode) const {
    if (live_) {
        return ::openat(fd_, path.c_str(), flags | O_CLOEXEC, mode);
    }
    open_how how{};
    how.flags = static_cast<unsigned long long>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_IN_ROOT;
    // EAGAIN: something was renamed or mounted anywhere in the system while the kernel went through
    // a "..", and it could not tell whether that led out of the root (openat2(2)).
    constexpr int kTries = 1000;
    int fd = -1;
    for (int tries = 0; tries < kTries; ++tries) {
        fd = static_cast<int>(::syscall(SYS_openat2, fd_, path.c_str(), &how, sizeof(how)));
        if (fd >= 0 || errno != EAGAIN) {
            break;
        }
    }
    return fd;
}

Result<std::string> Root::read(const std::string& path, std::size_t limit) const {
    const Descriptor file(open_at(path, O_RDONLY));
    if (file.get() < 0) {
        return fail(fmt::format("cannot read {}: {}", outside_path(path), std::strerror(errno)));
    }
    std::string content;
    Page page;
    for (;;) {
        const ssize_t count = read_page(file.get(), page);
        if (count < 0) {
            return fail(
                fmt::format("cannot read {}: {}", outside_path(path), std::strerror(errno)));
        }
        if (count == 0) {
            return content;  // the only sign of the end: procfs reads are short at any place
        }
        content.append(page.data(), static_cast<std::size_t>(count));
        if (content.size() > limit) {
            return fail(fmt::format("cannot read {}: it is larger than {} bytes",
                                    outside_path(path), limit));
        }
    }
}

Result<std::string> Root::read_attribute(const std::string& path) const {
    const Descriptor file(open_at(path, O_RDONLY));
    Page page;
    const ssize_t count = file.get() < 0 ? -1 : read_page(file.get(), page);
    if (count < 0) {
        return fail(fmt::format("cannot read {}: {}", outside_path(path), std::strerror(errno)));
    }
    if (static_cast<std::size_t>(count) == page.size()) {
        return fail(fmt::format("cannot read {}: it is larger than an attribute can be",
                                outside_path(path)));
    }
    return std::string(page.data(), static_cast<std::size_t>(count));
}

std::string Root::read_trimmed(const std::string& path) const {
    const auto content = read_attribute(path);
    return content ? std::string(text::trim(*content)) : std::string();
}

Result<std::string> Root::read_link(const std::string& path) const {
    std::array<char, PATH_MAX> target{};
    ssize_t length = -1;
    if (live_) {
        length = ::readlinkat(fd_, path.c_str(), target.data(), target.size());
    } else {
        const Descriptor link(open_at(path, O_PATH | O_NOFOLLOW));
        if (link.get() >= 0) {
            length = ::readlinkat(link.get(), "", target.data(), target.size());
        }
    }
    if (length < 0) {
        return fail(
            fmt::format("cannot read the link {}: {}", outside_path(path), std::strerror(errno)));
    }
    return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::vector<std::string>> Root::list(const std::string& path) const {
    Descriptor file(open_at(path, O_RDONLY | O_DIRECTORY));
    std::unique_ptr<DIR, int (*)(DIR*)> directory(
        file.get() < 0 ? nullptr : ::fdopendir(file.get()), &::closedir);
    if (!directory) {
        return fail(fmt::format("cannot list {}: {}", outside_path(path), std::strerror(errno)));
    }
    (void)file.release();  // closedir() closes it
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool Root::exists(const std::string& path) const {
    const Descriptor file(open_at(path, O_PATH));
    return file.get() >= 0;
}

std::string_view base_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace early_bind::sysfs
