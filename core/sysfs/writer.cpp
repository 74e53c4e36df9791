// SPDX-License-Identifier: MIT
#include "core/sysfs/writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/text.hpp"

namespace early_bind::sysfs {

RootWriter::RootWriter(const Root& root) : root_(root) {
    if (root.is_live()) {
        if (auto sys = Root::open("/sys")) {
            sys_ = std::move(*sys);
        }
    }
}

std::pair<const Root*, std::string> RootWriter::at(const std::string& path) const {
    constexpr std::string_view kSys = "sys/";
    if (sys_ && path.starts_with(kSys)) {
        return {&*sys_, path.substr(kSys.size())};
    }
    return {&root_, path};
}

int RootWriter::write(const std::string& path, std::string_view text) {
    const auto [root, name] = at(path);
    const int fd = root->open_at(name, O_WRONLY);
    if (fd < 0) {
        return errno;
    }
    const ssize_t written = ::write(fd, text.data(), text.size());
    const int code = written < 0 ? errno : 0;
    ::close(fd);
    if (code == 0 && static_cast<std::size_t>(written) != text.size()) {
        return EIO;
    }
    return code;
}

std::string RootWriter::read(const std::string& path) {
    const auto [root, name] = at(path);
    return root->read_trimmed(name);
}

std::string RootWriter::driver(const std::string& device_directory) {
    const auto [root, name] = at(device_directory + "/driver");
    const auto link = root->read_link(name);
    return link ? std::string(base_name(*link)) : std::string();
}

bool RootWriter::exists(const std::string& path) {
    const auto [root, name] = at(path);
    return root->exists(name);
}

}  // namespace early_bind::sysfs
