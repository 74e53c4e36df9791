// SPDX-License-Identifier: MIT
#include "core/sysfs/writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/text.hpp"

namespace early_bind::sysfs {

int RootWriter::write(const std::string& path, std::string_view text) {
    const int fd = root_.open_at(path, O_WRONLY);
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
    const auto content = root_.read(path);
    return content ? std::string(text::trim(*content)) : std::string();
}

std::string RootWriter::driver(const std::string& device_directory) {
    const auto link = root_.read_link(device_directory + "/driver");
    return link ? std::string(base_name(*link)) : std::string();
}

bool RootWriter::exists(const std::string& path) {
    return root_.exists(path);
}

}  // namespace early_bind::sysfs
