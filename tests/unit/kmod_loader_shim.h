/* SPDX-License-Identifier: MIT */
#pragma once

/* KmodLoader for C, so that its tests can be written against CMocka's API. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum load_result { LOAD_BUILT_IN, LOAD_LOADED, LOAD_ABSENT, LOAD_FAILED };

/* Loads the module into a kernel whose /sys is below `root`; `message` becomes the text of the
 * error, or "" where there is none. */
enum load_result kmod_loader_load(const char* root, const char* name, char* message, size_t size);

#ifdef __cplusplus
}
#endif
