/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local snapshot: directory and last known cards in one file, so that a daemon started while
 * PostgreSQL is away knows who may call and what was last true. Mode 0600: it holds personal data,
 * panel keys and password hashes, as the database does.
 *
 * Format (little-endian): 8 bytes "LARWMSN1", u32 records, u32 CRC32C of the body, i64 time of
 * writing (microseconds UTC), u64 body size, u32 CRC32C of these 32 bytes, u32 zero; then the body,
 * records `u32 size, u8 type, body` as in resolve/directory.h. The file has exactly that size.
 * Written to a temporary file, synced, renamed, and the folder synced.
 */
#ifndef RESOLVE_SNAPSHOT_H
#define RESOLVE_SNAPSHOT_H

#include "base/error.h"
#include "resolve/blob.h"
#include "resolve/known.h"

#define SNAPSHOT_HEADER 40

/* What to write: references held by the caller for as long as the write takes. */
struct snapshot_content
{
    struct blob *directory;
    struct snapshot_card
    {
        char unit[LIMIT_UNIT_ID];
        struct blob *card;
    } * cards;
    size_t card_count;
    int64_t time_us;
};

/* What was read. */
struct snapshot
{
    struct blob *directory; /* directory records alone */
    struct cursor cards;    /* into `file`: records of type DIRECTORY_CARD, others between them */
    uint8_t *file;
    size_t size;
    int64_t time_us;
};

/* Any thread, only reads its arguments. ERROR_IO, ERROR_DISK_FULL. */
enum error snapshot_write(const char *path, const struct snapshot_content *content) MUST_USE;

/* ERROR_NOT_FOUND; ERROR_DAMAGED when any byte is not as written; ERROR_IO, ERROR_MEMORY. */
enum error snapshot_read(const char *path, struct snapshot *ret_snapshot) MUST_USE;
void snapshot_free(struct snapshot *snapshot);

/* Puts the snapshot's cards to the units of `known`, which must have the directory's units. */
void snapshot_give_cards(const struct snapshot *snapshot, struct known *known);

#endif
