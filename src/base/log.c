/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define LINES_PER_SECOND 20u
#define LINE_SIZE 1024

static _Atomic int lowest = LOG_LEVEL_INFO;
static const char *const words[] = {"debug", "info", "warning", "error"};

void
log_set_level(enum log_level level)
{
    atomic_store(&lowest, (int)level);
}

/* Counts a line of this place; says how many were left out in the second that ended, if any. */
static bool
log_allowed(struct log_site *site, unsigned *ret_left_out)
{
    unsigned second = (unsigned)(clock_mono_ms() / 1000u) + 1u;
    unsigned counted = atomic_load_explicit(&site->second, memory_order_relaxed);
    *ret_left_out = 0;
    if (counted != second) {
        unsigned before = atomic_exchange_explicit(&site->count, 0, memory_order_relaxed);
        atomic_store_explicit(&site->second, second, memory_order_relaxed);
        *ret_left_out = before > LINES_PER_SECOND ? before - LINES_PER_SECOND : 0;
    }
    return atomic_fetch_add_explicit(&site->count, 1u, memory_order_relaxed) < LINES_PER_SECOND;
}

void
log_write(struct log_site *site, enum log_level level, const char *part, const char *format, ...)
{
    unsigned left_out;
    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed) ||
        !log_allowed(site, &left_out)) {
        return;
    }
    char line[LINE_SIZE];
    char now[CLOCK_TEXT_SIZE];
    int used = snprintf(line, sizeof line, "%s %-7s %s: ", clock_format(clock_wall_us(), now),
                        words[level], part);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    size_t size = (size_t)used + (more > 0 ? (size_t)more : 0);
    if (left_out > 0 && size < sizeof line) {
        more = snprintf(line + size, sizeof line - size, " (%u like it left out before)", left_out);
        size += more > 0 ? (size_t)more : 0;
    }
    size = size > sizeof line - 2 ? sizeof line - 2 : size;
    for (size_t i = (size_t)used; i < size; i++) {
        /* A peer's text must not forge a second line. */
        line[i] = (unsigned char)line[i] < 0x20 || line[i] == 0x7f ? '?' : line[i];
    }
    line[size++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written; /* nowhere left to complain */
}
