/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmctl doctor: looks at everything larwmd needs and says, a line each, ok, warn or FAIL, and
 * what to do. Each check is one function; none changes anything. One thread.
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "base/error.h"
#include "tools/ctl.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define DOCTOR_SCHEMA_VERSION 3 /* larwm.schema_version() this version of larwm fits */

enum doctor_verdict
{
    DOCTOR_OK,
    DOCTOR_WARN,
    DOCTOR_FAIL,
};

struct doctor
{
    struct ctl *ctl;
    unsigned warnings;
    unsigned failures;
    bool as_json;
    json_t *lines;     /* array, with as_json */
    char journal[512]; /* directory, or "" */
    char pki[512];     /* directory, or "" */
    unsigned sessions_max;
};

/* One line. `advice` says what to do, or is NULL. */
void doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *what,
                const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

void doctor_check_config(struct doctor *doctor);
void doctor_check_database(struct doctor *doctor); /* and schema, and clock against it */
void doctor_check_disk(struct doctor *doctor);
void doctor_check_certificates(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);
void doctor_check_limits(struct doctor *doctor);
void doctor_check_socket(struct doctor *doctor);

/* Pieces with rules of their own, apart so that they can be tested. */
enum doctor_verdict doctor_judge_fsync(uint64_t p50_us, uint64_t p99_us);
enum doctor_verdict doctor_judge_space(uint64_t free_bytes, uint64_t total_bytes);
enum doctor_verdict doctor_judge_expiry(int64_t seconds_left);
enum doctor_verdict doctor_judge_clock(int64_t difference_us);
/* What is wrong with the file of intake.ticket_secret (NULL: not set), and what to do about it;
 * NULL when larwmd can use it, and *ret_advice is left alone. */
const char *doctor_judge_tickets(const char *path, const char **ret_advice);
/* The value below which `percent` of the sorted values lie. */
uint64_t doctor_percentile(const uint64_t *sorted, unsigned count, unsigned percent);
/* Seconds until the certificate of a PEM file expires; false when it cannot be read. */
bool doctor_certificate_left(const char *path, int64_t *ret_seconds);

#endif
