/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * CMocka's API, and the one thing that a file of CMocka tests adds to run under GoogleTest: instead
 * of a main() with cmocka_run_group_tests(tests, setup, teardown) it ends with
 *
 *     EARLY_BIND_CMOCKA_GROUP(group_name, tests, setup, teardown)
 *
 * and links early_bind_test_main. Each test of the group is then the GoogleTest case
 * group_name.test_name. Asserts, mock() queues, expectations, fixtures and leak checks are those of
 * the real libcmocka; see cmocka_group.cpp for what the adapter does.
 *
 * A failing assert leaves the test with siglongjmp(), as always with CMocka: C++ frames between the
 * test and the assert are not unwound. That is for the failing path only, where a leak is no
 * matter.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* cmocka.h wants the others first, so that a project may bring its own. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

struct early_bind_cmocka_group {
    const char* name;
    const struct CMUnitTest* tests;
    size_t test_count;
    CMFixtureFunction setup;    /* may be NULL */
    CMFixtureFunction teardown; /* may be NULL */
    const char* file;
    int line;
};

/* Adds to the message of the running test, then fails it. */
__attribute__((format(printf, 3, 4))) void early_bind_cmocka_fail(const char* file, int line,
                                                                  const char* format, ...);

/* Keeps the group, which must live as long as the program, for main(). */
void early_bind_cmocka_add_group(const struct early_bind_cmocka_group* group);

#ifdef __cplusplus
}
#endif

/* fail_msg() of CMocka 1.1.5 prints its text to stderr, where no result holds it; that of later
   versions makes it part of the test's message, as this one does. */
#undef fail_msg
#define fail_msg(...) early_bind_cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)

/* clang-format off */
#define EARLY_BIND_CMOCKA_GROUP(group_name, group_tests, group_setup, group_teardown)    \
    static void __attribute__((constructor)) early_bind_cmocka_add_##group_name(void) {  \
        static const struct early_bind_cmocka_group group = {                            \
            #group_name, group_tests, sizeof(group_tests) / sizeof((group_tests)[0]),    \
            (group_setup), (group_teardown), __FILE__, __LINE__};                        \
        early_bind_cmocka_add_group(&group);                                             \
    }                                                                                    \
    struct early_bind_cmocka_group /* takes the semicolon */
/* clang-format on */
