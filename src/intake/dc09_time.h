/* SPDX-License-Identifier: Apache-2.0 */
/* The timestamps of DC-09: HH:MM:SS,MM-DD-YYYY, UTC. Pure, any thread. */
#ifndef INTAKE_DC09_TIME_H
#define INTAKE_DC09_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DC09_TIME_SIZE 19

/* Does `text` start with 19 characters of that form, whatever their values? */
bool dc09_time_has_form(const char *text, size_t size);
/*
 * Reads 19 characters of that form. False when no such instant exists; then *ret_us is untouched.
 * Second 60 is taken as the first second of the next minute: panels send leap seconds.
 */
bool dc09_time_parse(const char *text, size_t size, int64_t *ret_us);
/* Writes 19 characters and NUL. Years are kept within 0..9999. Returns text. */
const char *dc09_time_format(int64_t wall_us, char text[DC09_TIME_SIZE + 1]);

#endif
