/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tools/doctor.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Test(doctor, a_percentile_is_the_value_below_which_that_part_lies)
{
    const uint64_t values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    cr_expect_eq(doctor_percentile(values, 10, 50), 5);
    cr_expect_eq(doctor_percentile(values, 10, 99), 10);
    cr_expect_eq(doctor_percentile(values, 10, 0), 1);
    cr_expect_eq(doctor_percentile(values, 1, 99), 1);
}

Test(doctor, slow_disks_full_disks_and_wrong_clocks_are_told_apart)
{
    cr_expect_eq(doctor_judge_fsync(130, 400), DOCTOR_OK);
    cr_expect_eq(doctor_judge_fsync(8000, 20000), DOCTOR_WARN);
    cr_expect_eq(doctor_judge_fsync(130, 60000), DOCTOR_WARN);
    cr_expect_eq(doctor_judge_fsync(60000, 60000), DOCTOR_FAIL);
    const uint64_t gib = UINT64_C(1) << 30;
    cr_expect_eq(doctor_judge_space(50 * gib, 100 * gib), DOCTOR_OK);
    cr_expect_eq(doctor_judge_space(2 * gib, 100 * gib), DOCTOR_WARN);
    cr_expect_eq(doctor_judge_space(gib / 8, gib), DOCTOR_FAIL);
    cr_expect_eq(doctor_judge_clock(-200000), DOCTOR_OK);
    cr_expect_eq(doctor_judge_clock(-2 * US_PER_S), DOCTOR_WARN);
    cr_expect_eq(doctor_judge_clock(21 * US_PER_S), DOCTOR_FAIL);
    cr_expect_eq(doctor_judge_expiry(40 * 86400), DOCTOR_OK);
    cr_expect_eq(doctor_judge_expiry(86400), DOCTOR_WARN);
    cr_expect_eq(doctor_judge_expiry(0), DOCTOR_FAIL);
}

Test(doctor, a_certificate_that_cannot_be_read_is_known_as_such)
{
    int64_t left;
    cr_expect_not(doctor_certificate_left("/nonexistent.crt", &left));
    cr_expect_not(doctor_certificate_left("/dev/null", &left));
}

/* True: larwmd can use it, or the advice holds `advice`. */
static bool
tickets_judged(const char *path, const char *advice)
{
    const char *said = NULL;
    const char *wrong = doctor_judge_tickets(path, &said);
    return advice == NULL ? wrong == NULL && said == NULL
                          : wrong != NULL && said != NULL && strstr(said, advice) != NULL;
}

Test(doctor, a_ticket_secret_is_there_long_enough_and_nobody_elses_or_it_says_what_to_do)
{
    char path[] = "/tmp/larwm-secret-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_expect(tickets_judged(NULL, "make one: openssl rand"));
    cr_expect(tickets_judged("/nonexistent", "make one: openssl rand"));
    cr_expect(tickets_judged("/tmp", "make one: openssl rand"));
    cr_assert_eq(ftruncate(fd, 31), 0);
    cr_expect(tickets_judged(path, "make one: openssl rand"));
    cr_assert_eq(ftruncate(fd, 32), 0);
    cr_expect(tickets_judged(path, NULL));
    cr_assert_eq(fchmod(fd, 0640), 0);
    cr_expect(tickets_judged(path, NULL));
    cr_assert_eq(fchmod(fd, 0644), 0);
    cr_expect(tickets_judged(path, "make a new one: openssl rand"), "it has been read perhaps");
    (void)close(fd);
    (void)unlink(path);
}

Test(doctor, a_ticket_secret_this_user_cannot_see_is_not_said_to_be_missing)
{
    char directory[] = "/tmp/larwm-doctor-XXXXXX";
    cr_assert_not_null(mkdtemp(directory));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/secret", directory);
    cr_assert_eq(chmod(directory, 0), 0);
    cr_assert(geteuid() != 0 || seteuid(65534) == 0); /* root sees everything */
    cr_expect(tickets_judged(path, "as larwmd's user"));
    cr_assert(getuid() != 0 || seteuid(0) == 0);
    (void)rmdir(directory);
}

/* The whole command on a machine where nothing is there: it fails, names each thing and says what
 * to do. */
Test(doctor, with_nothing_running_it_fails_and_says_what_to_do)
{
    char directory[] = "/tmp/larwm-doctor-XXXXXX";
    cr_assert_not_null(mkdtemp(directory));
    char socket[64];
    (void)snprintf(socket, sizeof socket, "%s/s", directory);
    (void)setenv("LARWM_SOCKET", socket, 1);
    (void)setenv("LARWM_JOURNAL_DIR", directory, 1);
    (void)setenv("LARWM_PKI_DIR", "/nonexistent", 1);
    (void)setenv("PGHOST", directory, 1);
    (void)unsetenv("LARWM_CONFIG");
    clock_init();
    char *text = NULL;
    char *errors = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    FILE *err = open_memstream(&errors, &size);
    char *argv[] = {"larwmctl", "doctor"};
    cr_expect_eq(ctl_run(2, argv, stdin, out, err), CTL_FAILED);
    (void)fclose(out);
    (void)fclose(err);
    cr_expect_not_null(strstr(text, "FAIL  database"), "%s", text);
    cr_expect_not_null(strstr(text, "FAIL  certificates"), "%s", text);
    cr_expect_not_null(strstr(text, "FAIL  larwmd"), "%s", text);
    cr_expect_not_null(strstr(text, "start larwmd"), "%s", text);
    cr_expect_not_null(strstr(text, "fdatasync of 512 bytes: p50"), "%s", text);
    cr_expect_not_null(strstr(text, "3 failed"), "%s", text);
    free(text);
    free(errors);
    (void)rmdir(directory);
}
