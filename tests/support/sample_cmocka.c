/* SPDX-License-Identifier: MIT */
/*
 * A CMocka group with every way to end a test, for cmocka_test.cpp, which runs this program and
 * compares its output. Half of the tests fail on purpose.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cmocka_group.h"

/* Names and numbers as the expected output in expected/ has them. */
#line 10 "sample.c"
/* The seam: the linker's --wrap sends calls of sample_open() to __wrap_sample_open(). */
int sample_open(const char* path, int flags);
int __wrap_sample_open(const char* path, int flags); /* NOLINT(bugprone-reserved-identifier) */

int __wrap_sample_open(const char* path, int flags) {
    check_expected_ptr(path);
    check_expected(flags);
    function_called();
    return mock_type(int);
}

#line 30
static int unused_value(void) {
    return mock_type(int);
}

static int setup_answer(void** state) {
    static int answer = 42;
    *state = &answer;
    return 0;
}

static int fail_fixture(void** state) {
    (void)state;
    return -1;
}

#line 60
static int assert_in_fixture(void** state) {
    assert_null(*state);
    fail_msg("no %s today", "fixture");
    return 0;
}

#line 100
static void passes(void** state) {
    (void)state;
    expect_string(__wrap_sample_open, path, "/dev/null");
    expect_value(__wrap_sample_open, flags, 0);
    expect_function_call(__wrap_sample_open);
    will_return(__wrap_sample_open, -ENOENT);
    assert_int_equal(sample_open("/dev/null", 0), -ENOENT);
    const char bytes[] = {1, 2, 3};
    assert_memory_equal(bytes, "\1\2\3", sizeof(bytes));
    assert_in_range(5, 1, 10);
    assert_return_code(0, 0);
}

#line 120
static void has_state(void** state) {
    assert_non_null(*state);
    assert_int_equal(*(int*)*state, 42);
}

#line 130
static void is_skipped(void** state) {
    (void)state;
    skip();
    fail();
}

#line 140
static void fails(void** state) {
    (void)state;
    assert_string_equal("left", "right");
    abort();
}

#line 150
static void wrong_argument(void** state) {
    (void)state;
    expect_string(__wrap_sample_open, path, "/dev/null");
    sample_open("/dev/zero", 0);
}

#line 160
static void mock_without_value(void** state) {
    (void)state;
    unused_value();
}

#line 170
static void unconsumed_value(void** state) {
    (void)state;
    will_return(unused_value, 1);
}

#line 180
static void unchecked_expectation(void** state) {
    (void)state;
    expect_any(__wrap_sample_open, flags);
}

#line 190
static void never_called(void** state) {
    (void)state;
    expect_function_call(__wrap_sample_open);
}

#line 200
static void markup_in_message(void** state) {
    (void)state;
    fail_msg("%s", "a <b> & ]]></failure> \"c\"");
}

#line 210
static void leaks(void** state) {
    (void)state;
    assert_non_null(_test_malloc(16, __FILE__, __LINE__));
    fail_msg("with a block allocated");
}

#line 220
static void state_is_group_state(void** state) {
    assert_string_equal(*state, "of the group");
}

static int group_setup(void** state) {
    static char text[] = "of the group";
    *state = text;
    return 0;
}

static int group_teardown(void** state) {
    return strcmp(*state, "of the group");
}

static int of_the_test = 42;

static const struct CMUnitTest sample[] = {
    cmocka_unit_test(passes),
    cmocka_unit_test_setup(has_state, setup_answer),
    cmocka_unit_test_prestate(has_state, &of_the_test),
    cmocka_unit_test(is_skipped),
    cmocka_unit_test(fails),
    cmocka_unit_test(wrong_argument),
    cmocka_unit_test(mock_without_value),
    cmocka_unit_test(unconsumed_value),
    cmocka_unit_test(unchecked_expectation),
    cmocka_unit_test(never_called),
    cmocka_unit_test(markup_in_message),
    cmocka_unit_test(leaks),
    cmocka_unit_test_setup(has_state, fail_fixture),
    cmocka_unit_test_teardown(passes, assert_in_fixture),
};
EARLY_BIND_CMOCKA_GROUP(sample, sample, NULL, NULL);

static const struct CMUnitTest with_fixture[] = {
    cmocka_unit_test(state_is_group_state),
    cmocka_unit_test(is_skipped),
};
EARLY_BIND_CMOCKA_GROUP(with_fixture, with_fixture, group_setup, group_teardown);

static const struct CMUnitTest broken_setup[] = {cmocka_unit_test(passes)};
EARLY_BIND_CMOCKA_GROUP(broken_setup, broken_setup, assert_in_fixture, NULL);

static const struct CMUnitTest broken_teardown[] = {cmocka_unit_test(passes)};
EARLY_BIND_CMOCKA_GROUP(broken_teardown, broken_teardown, NULL, fail_fixture);
