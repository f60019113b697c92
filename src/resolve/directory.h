/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory: who may call (units, keys, accounts), who may log in, which control rooms there
 * are. It is kept as one blob of records, the same from PostgreSQL as from the snapshot file, and
 * published from it. The desk's thread.
 */
#ifndef RESOLVE_DIRECTORY_H
#define RESOLVE_DIRECTORY_H

#include "base/pglink.h"
#include "resolve/blob.h"
#include "resolve/known.h"
#include "resolve/resolve.h"

/* Record types inside a directory blob and a snapshot. */
enum directory_record
{
    DIRECTORY_UNIT = 1,
    DIRECTORY_ACCOUNT = 2,
    DIRECTORY_REVOKED = 3,
    DIRECTORY_USER = 4,
    DIRECTORY_FORCE = 5,
    DIRECTORY_CARD = 6, /* snapshot only: a unit's last known card */
    DIRECTORY_PATH = 7, /* after the units */
};

/* The statements of one load, in this order. */
#define DIRECTORY_STATEMENTS 6

void directory_prepare_statements(struct pglink *link);
/* Adds the statements of one load to the link's group under construction. */
void directory_query(struct pglink *link);
/* Appends the rows of the load's n-th statement. */
void directory_take(struct builder *builder, unsigned statement, const PGresult *result);

/* Builds a registry and the lists from `directory` and hands them to the callbacks; gives new units
 * their slots in `known`. Returns ERROR_DAMAGED when the records do not fit, ERROR_MEMORY;
 * then nothing was handed over. */
enum error directory_publish(const struct blob *directory, struct known *known,
                             const struct resolve_callbacks *callbacks) MUST_USE;

#endif
