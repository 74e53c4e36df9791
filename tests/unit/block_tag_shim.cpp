// SPDX-License-Identifier: MIT
#include "tests/unit/block_tag_shim.h"

#include <cstdio>

#include "grub-gen/block_tag.hpp"

int block_tag_device(const char* root, const char* tag, char* path, std::size_t size) {
    const auto opened = early_bind::sysfs::Root::open(root);
    const auto device = opened ? early_bind::device_of_tag(*opened, tag) : std::nullopt;
    std::snprintf(path, size, "%s", device ? device->c_str() : "");
    return device ? 1 : 0;
}
