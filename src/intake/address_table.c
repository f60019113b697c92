/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/address_table.h"

#include "base/hash.h"
#include "base/require.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct address_key
address_key_of(const struct sockaddr *address)
{
    struct address_key key = {0};
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        memcpy(key.bytes, mapped_prefix, sizeof mapped_prefix);
        memcpy(key.bytes + sizeof mapped_prefix, &four->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
        memcpy(key.bytes, &six->sin6_addr, 16);
    }
    return key;
}

const char *
address_key_text(const struct address_key *key, char *text, size_t size)
{
    bool four = memcmp(key->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
    const void *at = four ? key->bytes + sizeof mapped_prefix : key->bytes;
    if (inet_ntop(four ? AF_INET : AF_INET6, at, text, (socklen_t)size) == NULL && size > 0) {
        text[0] = '\0';
    }
    return text;
}

enum error
address_table_init(struct address_table *table, unsigned connections_max)
{
    uint32_t size = 16;
    while (size < 2 * connections_max) {
        size *= 2;
    }
    /* zeroed pages that are never touched take no memory */
    *table =
        (struct address_table){.entries = calloc(size, sizeof *table->entries), .mask = size - 1};
    if (table->entries == NULL) {
        return ERROR_MEMORY;
    }
    ssize_t got = getrandom(&table->seed, sizeof table->seed, 0);
    (void)got; /* eight bytes never come short; a seed of 0 would only be guessable */
    return ERROR_NONE;
}

void
address_table_free(struct address_table *table)
{
    free(table->entries);
    table->entries = NULL;
}

static uint32_t
address_table_home(const struct address_table *table, const struct address_key *key)
{
    return (uint32_t)hash_bytes(table->seed, key->bytes, sizeof key->bytes) & table->mask;
}

/* Where the key is, or the free place where it belongs. */
static uint32_t
address_table_find(const struct address_table *table, const struct address_key *key)
{
    uint32_t at = address_table_home(table, key);
    while (table->entries[at].count != 0 &&
           memcmp(&table->entries[at].key, key, sizeof *key) != 0) {
        at = (at + 1) & table->mask;
    }
    return at;
}

bool
address_table_add(struct address_table *table, const struct address_key *key, uint32_t limit)
{
    struct address_entry *entry = &table->entries[address_table_find(table, key)];
    if (entry->count >= limit) {
        return false;
    }
    entry->key = *key;
    entry->count += 1;
    return true;
}

/* Moves later entries of the run back, so that no search meets a hole. */
static void
address_table_close_gap(struct address_table *table, uint32_t gap)
{
    uint32_t at = gap;
    for (;;) {
        at = (at + 1) & table->mask;
        struct address_entry *entry = &table->entries[at];
        if (entry->count == 0) {
            return;
        }
        uint32_t home = address_table_home(table, &entry->key);
        bool reaches_gap = ((at - home) & table->mask) >= ((at - gap) & table->mask);
        if (reaches_gap) {
            table->entries[gap] = *entry;
            entry->count = 0;
            gap = at;
        }
    }
}

void
address_table_remove(struct address_table *table, const struct address_key *key)
{
    uint32_t at = address_table_find(table, key);
    require(table->entries[at].count > 0);
    table->entries[at].count -= 1;
    if (table->entries[at].count == 0) {
        address_table_close_gap(table, at);
    }
}

uint32_t
address_table_count(const struct address_table *table, const struct address_key *key)
{
    return table->entries[address_table_find(table, key)].count;
}
