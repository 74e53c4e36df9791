// SPDX-License-Identifier: MIT
#include "grub-gen/loader/efi_variable.hpp"

#include <fmt/core.h>

namespace early_bind {

std::string read_loader_variable(const sysfs::Root& root, std::string_view name) {
    constexpr std::size_t kAttributes = 4;  // bytes before the value (kernel, efivarfs)
    const auto bytes = root.read(fmt::format("sys/firmware/efi/efivars/{}-4a67b082-0a4c-41cf-b6c7-"
                                             "440b29bb8c4f",
                                             name))
                           .value_or("");
    std::string text;
    for (std::size_t i = kAttributes; i + 1 < bytes.size(); i += 2) {  // UTF-16, low byte first
        const char low = bytes[i];
        const bool ascii = bytes[i + 1] == 0 && low >= 0;
        if (ascii && low == 0) {
            break;
        }
        text += ascii ? low : '?';
    }
    return text;
}

}  // namespace early_bind
