/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operating errors: what a peer, a disk, a database or overload can do to us. Each has a text for
 * people and counts itself where it is met (base/counters.h). Programmer errors are require().
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define ERROR_LIST(X)                                                                              \
    X(ERROR_NONE, "no error")                                                                      \
    X(ERROR_AGAIN, "not now: try again")                                                           \
    X(ERROR_FULL, "a bound was reached")                                                           \
    X(ERROR_MEMORY, "out of memory")                                                               \
    X(ERROR_IO, "input or output failed")                                                          \
    X(ERROR_DISK_FULL, "the disk is full")                                                         \
    X(ERROR_DAMAGED, "stored data is damaged")                                                     \
    X(ERROR_NOT_FOUND, "not found")                                                                \
    X(ERROR_EXISTS, "exists already")                                                              \
    X(ERROR_MALFORMED, "the message is malformed")                                                 \
    X(ERROR_TOO_LARGE, "the message is too large")                                                 \
    X(ERROR_UNSUPPORTED, "not supported")                                                          \
    X(ERROR_CHECKSUM, "the checksum is wrong")                                                     \
    X(ERROR_DECRYPT, "cannot be decrypted with the key on record")                                 \
    X(ERROR_TLS, "the TLS session failed")                                                         \
    X(ERROR_CERTIFICATE, "the certificate is not accepted")                                        \
    X(ERROR_CLOSED, "the peer closed")                                                             \
    X(ERROR_TIMEOUT, "too late")                                                                   \
    X(ERROR_DATABASE, "the database does not answer")                                              \
    X(ERROR_SCHEMA, "the database schema does not fit this version")                               \
    X(ERROR_CONFIG, "the configuration is not valid")                                              \
    X(ERROR_DENIED, "not allowed")

enum error
{
#define X(name, text) name,
    ERROR_LIST(X)
#undef X
        ERROR_COUNT
};

#define MUST_USE __attribute__((warn_unused_result))

/* The text for people. Any thread. */
const char *error_text(enum error error);

/* ERROR_DISK_FULL, ERROR_MEMORY or ERROR_IO for a value of errno. Any thread. */
enum error error_from_errno(int number);

#endif
