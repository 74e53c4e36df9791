/* SPDX-License-Identifier: MIT */
/*
 * The seam to libblkid: the program is linked with --wrap=blkid_evaluate_tag, so that no test asks
 * the disks of the machine that it runs on.
 */
#define _DEFAULT_SOURCE /* mkdtemp(), symlink() and strdup() in strict C */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cmocka_group.h"
#include "tests/unit/block_tag_shim.h"

char* __wrap_blkid_evaluate_tag(const char* token, const char* value, void* cache);

char* __wrap_blkid_evaluate_tag(const char* token, const char* value, void* cache) {
    check_expected_ptr(token);
    check_expected_ptr(value);
    assert_null(cache);
    const char* device = mock_ptr_type(const char*);
    return device == NULL ? NULL : strdup(device); /* the caller frees it */
}

static void expect_question(const char* token, const char* value, const char* answer) {
    expect_string(__wrap_blkid_evaluate_tag, token, token);
    expect_string(__wrap_blkid_evaluate_tag, value, value);
    will_return(__wrap_blkid_evaluate_tag, answer);
}

static void running_system_asks_libblkid(void** state) {
    (void)state;
    char path[64];
    expect_question("UUID", "1234-ABCD", "/dev/sda1");
    assert_int_equal(block_tag_device("/", "UUID=1234-ABCD", path, sizeof(path)), 1);
    assert_string_equal(path, "/dev/sda1");
    expect_question("PARTLABEL", "EFI System", "/dev/nvme0n1p1");
    assert_int_equal(block_tag_device("/", "PARTLABEL=EFI System", path, sizeof(path)), 1);
    assert_string_equal(path, "/dev/nvme0n1p1");
}

static void quotes_are_no_part_of_the_value(void** state) {
    (void)state;
    char path[64];
    expect_question("LABEL", "my disk", "/dev/sdb");
    assert_int_equal(block_tag_device("/", "LABEL=\"my disk\"", path, sizeof(path)), 1);
    expect_question("LABEL", "\"", "/dev/sdc");
    assert_int_equal(block_tag_device("/", "LABEL=\"", path, sizeof(path)), 1);
    assert_string_equal(path, "/dev/sdc");
}

static void unknown_device_is_nothing(void** state) {
    (void)state;
    char path[64];
    expect_question("PARTUUID", "01", NULL);
    assert_int_equal(block_tag_device("/", "PARTUUID=01", path, sizeof(path)), 0);
}

static void what_is_no_tag_is_not_asked_for(void** state) {
    (void)state;
    static const char* const texts[] = {"",   "UUID",   "UUID=",    "UUID=\"\"",
                                        "=x", "uuid=x", "ZFS=rpool"};
    char path[64];
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        assert_int_equal(block_tag_device("/", texts[i], path, sizeof(path)), 0);
    }
}

static void other_root_has_its_links_only(void** state) {
    (void)state;
    char root[] = "/tmp/block-tag-XXXXXX";
    char name[128];
    char path[64];
    assert_non_null(mkdtemp(root));
    static const char* const directories[] = {"dev", "dev/disk", "dev/disk/by-uuid"};
    for (size_t i = 0; i < 3; ++i) {
        snprintf(name, sizeof(name), "%s/%s", root, directories[i]);
        assert_return_code(mkdir(name, 0700), 0);
    }
    snprintf(name, sizeof(name), "%s/dev/disk/by-uuid/01-AB", root);
    assert_return_code(symlink("../../sda1", name), 0);
    assert_int_equal(block_tag_device(root, "UUID=01-AB", path, sizeof(path)), 1);
    assert_string_equal(path, "/dev/disk/by-uuid/01-AB");
    assert_int_equal(block_tag_device(root, "UUID=02", path, sizeof(path)), 0);
    assert_int_equal(block_tag_device(root, "UUID=../by-uuid/01-AB", path, sizeof(path)), 0);
    assert_return_code(unlink(name), 0);
    for (size_t i = 3; i > 0; --i) {
        snprintf(name, sizeof(name), "%s/%s", root, directories[i - 1]);
        assert_return_code(rmdir(name), 0);
    }
    assert_return_code(rmdir(root), 0);
}

static const struct CMUnitTest block_tag[] = {
    cmocka_unit_test(running_system_asks_libblkid),
    cmocka_unit_test(quotes_are_no_part_of_the_value),
    cmocka_unit_test(unknown_device_is_nothing),
    cmocka_unit_test(what_is_no_tag_is_not_asked_for),
    cmocka_unit_test(other_root_has_its_links_only),
};
EARLY_BIND_CMOCKA_GROUP(block_tag, block_tag, NULL, NULL);
