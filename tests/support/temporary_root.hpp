// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "core/sysfs/root.hpp"

namespace early_bind::test {

/// A directory of its own for one test, filled file by file, gone with the object. Paths are
/// relative to it; what stands above a path is made.
class TemporaryRoot {
  public:
    TemporaryRoot() {
        std::string name = (std::filesystem::temp_directory_path() / "early-bind-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            ADD_FAILURE() << "cannot make " << name;
        }
        path_ = name;
    }
    TemporaryRoot(const TemporaryRoot&) = delete;
    TemporaryRoot& operator=(const TemporaryRoot&) = delete;
    ~TemporaryRoot() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    TemporaryRoot& directory(const std::string& path) {
        std::filesystem::create_directories(path_ + "/" + path);
        return *this;
    }
    TemporaryRoot& file(const std::string& path, std::string_view content) {
        directory(std::filesystem::path(path).parent_path().string());
        std::ofstream(path_ + "/" + path) << content;
        return *this;
    }
    TemporaryRoot& link(const std::string& path, const std::string& target) {
        directory(std::filesystem::path(path).parent_path().string());
        std::filesystem::create_symlink(target, path_ + "/" + path);
        return *this;
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] bool has(const std::string& name) const {
        return std::filesystem::exists(std::filesystem::symlink_status(path(name)));
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path(name)).rdbuf();
        return text.str();
    }
    [[nodiscard]] sysfs::Root root() const { return sysfs::Root::open(path_).value(); }

  private:
    std::string path_;
};

}  // namespace early_bind::test
