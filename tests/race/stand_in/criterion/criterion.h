/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for Criterion, for the unit tests that run threads. Criterion starts each test in a
 * process that maps memory of its own at addresses where ThreadSanitizer keeps its shadow, so its
 * programs do not start under it. This one runs each test in a fork of a single-threaded program,
 * one after the other, and knows only what those tests use. tests/race/stand_in.c has the main().
 *
 * A message given to an assertion is evaluated and left out of the output.
 */
#ifndef RACE_STAND_IN_H
#define RACE_STAND_IN_H

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAND_IN_SKIPPED 77 /* exit code of a test that skipped itself */

struct stand_in_test
{
    const char *suite;
    const char *name;   /* NULL: the suite's own settings */
    void (*body)(void); /* NULL: the suite's own settings */
    void (*init)(void);
    void (*fini)(void);
    double timeout; /* s; taken as it is in Criterion and multiplied by stand_in.c */
    int signal;     /* that the test must end with; 0: it returns */
    bool disabled;
    struct stand_in_test *next;
};

/* Before main(); the test lives as long as the program. */
void stand_in_add(struct stand_in_test *test);
/* Ends the test's process when `holds` is false. */
void stand_in_check(bool holds, const char *file, int line, const char *text, ...);

#define STAND_IN_ADD(id, ...)                                                                      \
    static struct stand_in_test id = {__VA_ARGS__};                                                \
    __attribute__((constructor)) static void id##_add(void)                                        \
    {                                                                                              \
        stand_in_add(&id);                                                                         \
    }

#define TestSuite(suite_, ...)                                                                     \
    STAND_IN_ADD(suite_##_settings, .suite = #suite_, __VA_ARGS__)                                 \
    struct stand_in_test
#define Test(suite_, name_, ...)                                                                   \
    static void suite_##_##name_##_body(void);                                                     \
    STAND_IN_ADD(suite_##_##name_##_test, .suite = #suite_, .name = #name_,                        \
                 .body = suite_##_##name_##_body, __VA_ARGS__)                                     \
    static void suite_##_##name_##_body(void)

#define STAND_IN_CHECK(holds, text, ...)                                                           \
    stand_in_check((holds), __FILE__, __LINE__, text, "" __VA_ARGS__)

#define cr_assert(a, ...) STAND_IN_CHECK(a, #a, __VA_ARGS__)
#define cr_assert_not(a, ...) STAND_IN_CHECK(!(a), "not " #a, __VA_ARGS__)
#define cr_assert_fail(...) STAND_IN_CHECK(false, "unreachable", __VA_ARGS__)
#define cr_assert_null(a, ...) STAND_IN_CHECK((a) == NULL, #a " == NULL", __VA_ARGS__)
#define cr_assert_not_null(a, ...) STAND_IN_CHECK((a) != NULL, #a " != NULL", __VA_ARGS__)
#define cr_assert_eq(a, b, ...) STAND_IN_CHECK((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) STAND_IN_CHECK((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) STAND_IN_CHECK((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) STAND_IN_CHECK((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) STAND_IN_CHECK((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) STAND_IN_CHECK((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) STAND_IN_CHECK(strcmp((a), (b)) == 0, #a " is " #b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...)                                                               \
    STAND_IN_CHECK(strcmp((a), (b)) != 0, #a " is not " #b, __VA_ARGS__)
#define cr_assert_str_empty(a, ...) STAND_IN_CHECK((a)[0] == '\0', #a " is empty", __VA_ARGS__)

#define cr_skip_test(...) _exit(STAND_IN_SKIPPED)

/* An expectation that fails ends the test here: there is nothing to learn after it. */
#define cr_expect cr_assert
#define cr_expect_not cr_assert_not
#define cr_expect_null cr_assert_null
#define cr_expect_not_null cr_assert_not_null
#define cr_expect_eq cr_assert_eq
#define cr_expect_neq cr_assert_neq
#define cr_expect_lt cr_assert_lt
#define cr_expect_leq cr_assert_leq
#define cr_expect_geq cr_assert_geq
#define cr_expect_str_eq cr_assert_str_eq
#define cr_expect_str_neq cr_assert_str_neq
#define cr_expect_str_empty cr_assert_str_empty

#endif
