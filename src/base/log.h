/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one line to stderr for each event, `time level part: text`. It carries references (unit
 * identifiers, incident references, error texts, addresses of peers), never personal data: names,
 * addresses, positions and case text have no formatter here on purpose.
 *
 * Any thread. A line is one write(2). Lines of one place (file and line) are limited to 20 a
 * second; what was left out is counted and said once the flood ends.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level
{
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

struct log_site
{
    _Atomic unsigned second; /* the second being counted; pairs with nothing: a rough limit */
    _Atomic unsigned count;
};

void log_set_level(enum log_level level);
void log_write(struct log_site *site, enum log_level level, const char *part, const char *format,
               ...) __attribute__((format(printf, 4, 5)));

#define log_at(level, part, ...)                                                                   \
    do {                                                                                           \
        static struct log_site log_site_here;                                                      \
        log_write(&log_site_here, (level), (part), __VA_ARGS__);                                   \
    } while (0)

#define log_debug(part, ...) log_at(LOG_LEVEL_DEBUG, part, __VA_ARGS__)
#define log_info(part, ...) log_at(LOG_LEVEL_INFO, part, __VA_ARGS__)
#define log_warning(part, ...) log_at(LOG_LEVEL_WARNING, part, __VA_ARGS__)
#define log_error(part, ...) log_at(LOG_LEVEL_ERROR, part, __VA_ARGS__)

#endif
