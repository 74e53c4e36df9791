/* SPDX-License-Identifier: MIT */
#pragma once

/* grub-gen/block_tag.hpp for tests in C. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* device_of_tag() below the root directory `root`: writes the device file's path into `path` and
   returns 1, or returns 0 when there is none. */
int block_tag_device(const char* root, const char* tag, char* path, size_t size);

#ifdef __cplusplus
}
#endif
