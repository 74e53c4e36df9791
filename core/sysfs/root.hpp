// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace early_bind::sysfs {

/// The one door to the outside world: a directory that everything is read below, `/` in real life,
/// the directory given with --sysroot otherwise. Paths are relative to it ("sys/bus/pci/devices").
/// Below another root than `/` no symbolic link leads out of it, absolute ones included
/// (openat2(2), RESOLVE_IN_ROOT). Errors name the path as the user would write it.
class Root {
  public:
    /// Fails when `directory` cannot be opened as a directory.
    [[nodiscard]] static Result<Root> open(const std::string& directory);

    /// The same for a directory that messages name otherwise: the place where a recording is laid
    /// out under the name of its file.
    [[nodiscard]] static Result<Root> open(const std::string& directory, const std::string& shown);

    Root(Root&& other) noexcept;
    Root& operator=(Root&& other) noexcept;
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    ~Root();

    /// Whether this is the running system itself and not a copy or recording of one.
    [[nodiscard]] bool is_live() const { return live_; }

    /// The path with the root's directory before it, for messages and for other programs.
    [[nodiscard]] std::string outside_path(std::string_view path) const;

    /// The whole content of a file, at most `limit` bytes of it; larger files are an error.
    [[nodiscard]] Result<std::string> read(const std::string& path,
                                           std::size_t limit = std::size_t{1024} * 1024) const;

    /// The whole content of a sysfs attribute in one read(2): the kernel puts it into one page
    /// (fs/sysfs/file.c, sysfs_kf_seq_show()), so there is no second part to ask for. Anything that
    /// fills a page is an error. Not for procfs, whose reads may be short at any place.
    [[nodiscard]] Result<std::string> read_attribute(const std::string& path) const;

    /// The attribute without white space at its ends; empty when it cannot be read.
    [[nodiscard]] std::string read_trimmed(const std::string& path) const;

    /// What a symbolic link says.
    [[nodiscard]] Result<std::string> read_link(const std::string& path) const;

    /// The names in a directory, sorted, without "." and "..".
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) const;

    [[nodiscard]] bool exists(const std::string& path) const;

    /// Opens below the root with the flags of open(2), O_CLOEXEC added. Returns the descriptor, or
    /// -1 with errno set.
    [[nodiscard]] int open_at(const std::string& path, int flags, unsigned mode = 0) const;

  private:
    Root(int fd, std::string directory, bool live);

    int fd_ = -1;
    std::string directory_;
    bool live_ = true;
};

/// The last name of a path or link: the driver's name of a `driver` link.
[[nodiscard]] std::string_view base_name(std::string_view path);

}  // namespace early_bind::sysfs
