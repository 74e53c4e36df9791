// SPDX-License-Identifier: MIT
#include "grub-gen/temporary_directory.hpp"

#include <fmt/core.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace early_bind {

Result<TemporaryDirectory> TemporaryDirectory::make() {
    const char* place = std::getenv("TMPDIR");
    const std::string above = place != nullptr ? place : "/tmp";
    std::string name = above + "/grub-gen-XXXXXX";  // mkdtemp(3) fills the X in
    if (::mkdtemp(name.data()) == nullptr) {
        return fail(fmt::format("cannot make a directory in {}: {}", above, std::strerror(errno)));
    }
    return TemporaryDirectory(std::move(name));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

}  // namespace early_bind
