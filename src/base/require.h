/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks on ourselves: a broken one is a programmer's error, so the process stops, the supervisor
 * starts it again and the journal is replayed. Always on. Nothing received from outside may reach
 * one.
 */
#ifndef BASE_REQUIRE_H
#define BASE_REQUIRE_H

#include <stdint.h>

/* Writes where and what to stderr and aborts. Any thread. */
_Noreturn void require_failed(const char *condition, const char *file, int line);

#define require(condition)                                                                         \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            require_failed(#condition, __FILE__, __LINE__);                                        \
        }                                                                                          \
    } while (0)

/*
 * Checked casts from void *: a struct that travels through a void * starts with `uint32_t magic`
 * (anywhere, named so) holding its own MAGIC constant while it lives.
 *
 *     struct session *session = checked_cast(data, struct session, SESSION_MAGIC);
 */
#define checked_cast(pointer, type, magic_value)                                                   \
    ({                                                                                             \
        type *checked_ = (type *)(pointer);                                                        \
        require(checked_ != NULL && checked_->magic == (magic_value));                             \
        checked_;                                                                                  \
    })

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer) - __builtin_offsetof(type, member)))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
