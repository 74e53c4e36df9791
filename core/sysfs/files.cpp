// SPDX-License-Identifier: MIT
#include "core/sysfs/files.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace early_bind::sysfs {
namespace {

/// The directory that holds `path`, and the last name.
std::pair<std::string, std::string> cut(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::pair{std::string("."), path}
                                      : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

tl::unexpected<Error> cannot(const char* what, const Root& root, const std::string& path,
                             int code) {
    return fail(
        fmt::format("cannot {} {}: {}", what, root.outside_path(path), std::strerror(code)));
}

/// Writes, syncs and closes. Returns 0 or the errno.
int fill(int fd, std::string_view content) {
    int code = 0;
    while (code == 0 && !content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            code = errno;
        } else if (written > 0) {
            content.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    if (code == 0 && ::fsync(fd) != 0 && errno != EINVAL) {
        code = errno;
    }
    return ::close(fd) != 0 && code == 0 ? errno : code;
}

/// Gives the new file what the old one has: owner, group and mode.
void take_over(int fd, int directory, const std::string& name) {
    struct stat old = {};
    if (::fstatat(directory, name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(old.st_mode)) {
        // An owner that cannot be kept (no root) is no reason to lose the content.
        if (::fchown(fd, old.st_uid, old.st_gid) == 0) {
            (void)::fchmod(fd, old.st_mode & 07777U);
            return;
        }
    }
    (void)::fchmod(fd, 0644);  // whatever the umask is
}

}  // namespace

Result<void> make_directories(const Root& root, const std::string& path) {
    if (root.exists(path)) {
        return {};
    }
    const auto [parent, name] = cut(path);
    if (parent != ".") {
        if (auto made = make_directories(root, parent); !made) {
            return made;
        }
    }
    const int fd = root.open_at(parent, O_PATH | O_DIRECTORY);
    if (fd < 0) {
        return cannot("open the directory", root, parent, errno);
    }
    int code = ::mkdirat(fd, name.c_str(), 0755) == 0 ? 0 : errno;
    if (code == 0) {
        (void)::fchmodat(fd, name.c_str(), 0755, 0);  // whatever the umask is
    } else if (code == EEXIST) {
        code = 0;
    }
    ::close(fd);
    if (code != 0) {
        return cannot("make the directory", root, path, code);
    }
    return {};
}

Result<void> replace_file(const Root& root, const std::string& path, std::string_view content) {
    const auto [parent, name] = cut(path);
    if (auto made = make_directories(root, parent); !made) {
        return made;
    }
    const int directory = root.open_at(parent, O_RDONLY | O_DIRECTORY);
    if (directory < 0) {
        return cannot("open the directory", root, parent, errno);
    }
    const std::string temporary = name + ".new";
    const int fd = ::openat(directory, temporary.c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int code = fd < 0 ? errno : 0;
    if (code == 0) {
        take_over(fd, directory, name);
        code = fill(fd, content);
    }
    if (code == 0 && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) {
        code = errno;
    }
    if (code != 0) {
        ::unlinkat(directory, temporary.c_str(), 0);
    } else {
        (void)::fsync(directory);  // not every file system can; the rename is done
    }
    ::close(directory);
    if (code != 0) {
        return cannot("write", root, path, code);
    }
    return {};
}

Result<void> replace_link(const Root& root, const std::string& path, const std::string& target) {
    const auto [parent, name] = cut(path);
    if (auto made = make_directories(root, parent); !made) {
        return made;
    }
    const int directory = root.open_at(parent, O_PATH | O_DIRECTORY);
    if (directory < 0) {
        return cannot("open the directory", root, parent, errno);
    }
    const std::string temporary = name + ".new";
    ::unlinkat(directory, temporary.c_str(), 0);  // what an interrupted run left
    int code = ::symlinkat(target.c_str(), directory, temporary.c_str()) == 0 ? 0 : errno;
    if (code == 0 && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) {
        code = errno;
        ::unlinkat(directory, temporary.c_str(), 0);
    }
    ::close(directory);
    if (code != 0) {
        return cannot("make the link", root, path, code);
    }
    return {};
}

Result<void> remove(const Root& root, const std::string& path) {
    const auto [parent, name] = cut(path);
    const int directory = root.open_at(parent, O_PATH | O_DIRECTORY);
    if (directory < 0) {
        return errno == ENOENT ? Result<void>() : cannot("open the directory", root, parent, errno);
    }
    int code = ::unlinkat(directory, name.c_str(), 0) == 0 ? 0 : errno;
    if (code == EISDIR) {
        code = ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
    }
    ::close(directory);
    if (code != 0 && code != ENOENT) {
        return cannot("remove", root, path, code);
    }
    return {};
}

}  // namespace early_bind::sysfs
