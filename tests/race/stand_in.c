/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the tests of a program built with the stand-in for Criterion, each in a fork:
 *     PROGRAM [PART_OF_A_NAME...]
 * The last line is "N passed, N failed, N skipped". ThreadSanitizer's reports go where TSAN_OPTIONS
 * says; a test with one ends with its exit code and has failed.
 */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_S 120u /* of one test; what the test asks for counts without a sanitizer */

static struct stand_in_test *first;
static struct stand_in_test **last = &first;

void
stand_in_add(struct stand_in_test *test)
{
    *last = test;
    last = &test->next;
}

static const struct stand_in_test *
suite_of(const struct stand_in_test *test)
{
    static const struct stand_in_test none;
    for (const struct stand_in_test *at = first; at != NULL; at = at->next) {
        if (at->body == NULL && strcmp(at->suite, test->suite) == 0) {
            return at;
        }
    }
    return &none;
}

static void
run_here(const struct stand_in_test *test)
{
    const struct stand_in_test *suite = suite_of(test);
    void (*init)(void) = test->init != NULL ? test->init : suite->init;
    void (*fini)(void) = test->fini != NULL ? test->fini : suite->fini;
    (void)alarm(TIMEOUT_S);
    if (init != NULL) {
        init();
    }
    test->body();
    if (fini != NULL) {
        fini();
    }
    exit(0); /* the sanitizer adds its own code here */
}

/* 0: passed, 1: failed, or STAND_IN_SKIPPED. */
static int
run(const struct stand_in_test *test)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run_here(test);
    }
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) == child) {
        if (test->signal != 0 && WIFSIGNALED(status) && WTERMSIG(status) == test->signal) {
            return 0;
        }
        if (test->signal == 0 && WIFEXITED(status) &&
            (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == STAND_IN_SKIPPED)) {
            return WEXITSTATUS(status);
        }
    }
    printf("  failed  %s %s (status %x)\n", test->suite, test->name, (unsigned)status);
    return 1;
}

static bool
is_wanted(const struct stand_in_test *test, int count, char **parts)
{
    bool wanted = count == 0;
    for (int i = 0; i < count && test->body != NULL; i++) {
        wanted = wanted || strstr(test->name, parts[i]) != NULL;
    }
    return wanted && test->body != NULL && !test->disabled;
}

int
main(int count, char **arguments)
{
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    for (const struct stand_in_test *test = first; test != NULL; test = test->next) {
        if (is_wanted(test, count - 1, arguments + 1)) {
            int verdict = run(test);
            passed += verdict == 0;
            failed += verdict == 1;
            skipped += verdict == STAND_IN_SKIPPED;
        }
    }
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed == 0 && passed > 0 ? 0 : 1;
}
