/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each peer address holds: an exact count in an open-addressing table that is
 * never more than half full, so neither a limit nor a neighbour's limit is hit by a collision.
 * One worker, one thread.
 */
#ifndef INTAKE_ADDRESS_TABLE_H
#define INTAKE_ADDRESS_TABLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An address as 16 bytes: IPv4 in its mapped form. The port is no part of it. */
struct address_key
{
    uint8_t bytes[16];
};

struct address_entry
{
    struct address_key key;
    uint32_t count; /* 0: free */
};

struct address_table
{
    struct address_entry *entries;
    uint32_t mask;
    uint64_t seed; /* random: nobody can choose addresses that collide */
};

struct address_key address_key_of(const struct sockaddr *address);
/* Writes the address as text; `size` at least 46. Returns text. */
const char *address_key_text(const struct address_key *key, char *text, size_t size);

/* For at most `connections_max` counted connections at a time. */
enum error address_table_init(struct address_table *table, unsigned connections_max) MUST_USE;
void address_table_free(struct address_table *table);
/* Counts one more. False, and nothing counted, when the address has `limit` already. */
bool address_table_add(struct address_table *table, const struct address_key *key,
                       uint32_t limit) MUST_USE;
/* Counts one less; the address must have one. */
void address_table_remove(struct address_table *table, const struct address_key *key);
uint32_t address_table_count(const struct address_table *table, const struct address_key *key);

#endif
