/* SPDX-License-Identifier: MIT */
/*
 * The least that puts functions of one group on vfio-pci: the kernel writes and read-backs that
 * early-bind makes for them, in its order, and nothing else.
 * usage: minimal_bind ADDRESS...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/sys/bus/pci/devices/%s/"

static int put(const char* path, const char* text) {
    const int fd = open(path, O_WRONLY);
    const ssize_t length = (ssize_t)strlen(text);
    const int good = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

int main(int argc, char** argv) {
    char path[128];
    char text[128];
    for (int i = 1; i < argc; ++i) {
        snprintf(path, sizeof(path), DEVICE "driver_override", argv[i]);
        const int fd = open(path, O_RDONLY);
        if (fd < 0 || read(fd, text, sizeof(text)) < 0 || close(fd) != 0 ||
            !put(path, "vfio-pci")) {
            return 1;
        }
    }
    for (int i = 1; i < argc; ++i) {
        snprintf(path, sizeof(path), DEVICE "driver/unbind", argv[i]);
        if (access(path, F_OK) == 0 && !put(path, argv[i])) {
            return 1;
        }
    }
    for (int i = 1; i < argc; ++i) {
        if (!put("/sys/bus/pci/drivers/vfio-pci/bind", argv[i])) {
            return 1;
        }
    }
    for (int i = 1; i < argc; ++i) {
        snprintf(path, sizeof(path), DEVICE "driver", argv[i]);
        const ssize_t length = readlink(path, text, sizeof(text) - 1);
        text[length > 0 ? length : 0] = '\0';
        if (strstr(text, "/vfio-pci") == NULL) {
            return 1;
        }
    }
    return 0;
}
