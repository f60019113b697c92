/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/registry.h"

#include "base/hash.h"
#include "base/require.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing, at most half full. Nothing is ever taken out: a registry is
 * built once and then only read. */
struct index
{
    const void **items;
    unsigned mask;
    unsigned count;
};

struct registry_fingerprint
{
    uint8_t bytes[LIMIT_FINGERPRINT];
    struct registry_unit *unit; /* NULL: revoked */
};

/* Items that must not move once handed out live in blocks. */
struct block
{
    struct block *next;
    unsigned used;
    struct registry_fingerprint items[256];
};

struct registry
{
    struct registry_unit *units;
    unsigned unit_count;
    unsigned units_max;
    struct registry_account *accounts;
    unsigned account_count;
    unsigned accounts_max;
    unsigned revoked_count;
    unsigned revoked_max;
    struct block *blocks;
    struct index by_id;
    struct index by_fingerprint;
    struct index by_account;
    struct index by_revoked;
};

static bool
index_grow(struct index *index, uint64_t (*hash_item)(const void *item))
{
    unsigned size = index->items == NULL ? 64 : (index->mask + 1) * 2;
    const void **items = calloc(size, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (unsigned i = 0; index->items != NULL && i <= index->mask; i++) {
        if (index->items[i] == NULL) {
            continue;
        }
        unsigned at = (unsigned)hash_item(index->items[i]) & (size - 1);
        while (items[at] != NULL) {
            at = (at + 1) & (size - 1);
        }
        items[at] = index->items[i];
    }
    free(index->items);
    index->items = items;
    index->mask = size - 1;
    return true;
}

static bool
index_add(struct index *index, const void *item, uint64_t (*hash_item)(const void *item))
{
    if (index->items == NULL || (index->count + 1) * 2 > index->mask + 1) {
        if (!index_grow(index, hash_item)) {
            return false;
        }
    }
    unsigned at = (unsigned)hash_item(item) & index->mask;
    while (index->items[at] != NULL) {
        at = (at + 1) & index->mask;
    }
    index->items[at] = item;
    index->count++;
    return true;
}

static const void *
index_find(const struct index *index, uint64_t hash,
           bool (*match)(const void *item, const void *key), const void *key)
{
    if (index->items == NULL) {
        return NULL;
    }
    for (unsigned at = (unsigned)hash & index->mask; index->items[at] != NULL;
         at = (at + 1) & index->mask) {
        if (match(index->items[at], key)) {
            return index->items[at];
        }
    }
    return NULL;
}

static uint64_t
hash_id(const char *id)
{
    return hash_bytes(1, id, strlen(id));
}

static uint64_t
hash_unit(const void *item)
{
    return hash_id(((const struct registry_unit *)item)->id);
}

static bool
match_unit(const void *item, const void *key)
{
    return strcmp(((const struct registry_unit *)item)->id, key) == 0;
}

static char
fold(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Over the upper-case form, so that "a10001" and "A10001" meet. */
static uint64_t
hash_account_text(const char *account)
{
    char upper[LIMIT_ACCOUNT];
    size_t size = 0;
    for (; account[size] != '\0' && size < sizeof(upper); size++) {
        upper[size] = fold(account[size]);
    }
    return hash_bytes(2, upper, size);
}

static uint64_t
hash_account(const void *item)
{
    return hash_account_text(((const struct registry_account *)item)->account);
}

static bool
match_account(const void *item, const void *key)
{
    const char *a = ((const struct registry_account *)item)->account;
    const char *b = key;
    while (*a != '\0' && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

static uint64_t
hash_fingerprint(const void *item)
{
    return hash_bytes(3, ((const struct registry_fingerprint *)item)->bytes, LIMIT_FINGERPRINT);
}

static bool
match_fingerprint(const void *item, const void *key)
{
    return memcmp(((const struct registry_fingerprint *)item)->bytes, key, LIMIT_FINGERPRINT) == 0;
}

const struct registry_unit *
registry_find_fingerprint(const struct registry *registry,
                          const uint8_t fingerprint[LIMIT_FINGERPRINT])
{
    const struct registry_fingerprint *found =
        index_find(&registry->by_fingerprint, hash_bytes(3, fingerprint, LIMIT_FINGERPRINT),
                   match_fingerprint, fingerprint);
    return found == NULL ? NULL : found->unit;
}

const struct registry_account *
registry_find_account(const struct registry *registry, const char *account)
{
    if (strnlen(account, LIMIT_ACCOUNT) == LIMIT_ACCOUNT) {
        return NULL;
    }
    return index_find(&registry->by_account, hash_account_text(account), match_account, account);
}

bool
registry_is_revoked(const struct registry *registry, const uint8_t fingerprint[LIMIT_FINGERPRINT])
{
    /* A key that is valid for some unit is not revoked, whatever its past. */
    return registry_find_fingerprint(registry, fingerprint) == NULL &&
           index_find(&registry->by_revoked, hash_bytes(3, fingerprint, LIMIT_FINGERPRINT),
                      match_fingerprint, fingerprint) != NULL;
}

const struct registry_unit *
registry_find_unit(const struct registry *registry, const char *id)
{
    if (strnlen(id, LIMIT_UNIT_ID) == LIMIT_UNIT_ID) {
        return NULL;
    }
    return index_find(&registry->by_id, hash_id(id), match_unit, id);
}

struct registry *
registry_new(unsigned units_max, unsigned accounts_max, unsigned revoked_max)
{
    struct registry *registry = calloc(1, sizeof(*registry));
    if (registry == NULL) {
        return NULL;
    }
    registry->units_max = units_max;
    registry->accounts_max = accounts_max;
    registry->revoked_max = revoked_max;
    registry->units = calloc(units_max + 1, sizeof(*registry->units));
    registry->accounts = calloc(accounts_max + 1, sizeof(*registry->accounts));
    if (registry->units == NULL || registry->accounts == NULL) {
        registry_free(registry);
        return NULL;
    }
    return registry;
}

void
registry_free(struct registry *registry)
{
    if (registry == NULL) {
        return;
    }
    while (registry->blocks != NULL) {
        struct block *next = registry->blocks->next;
        free(registry->blocks);
        registry->blocks = next;
    }
    free(registry->by_id.items);
    free(registry->by_fingerprint.items);
    free(registry->by_account.items);
    free(registry->by_revoked.items);
    free(registry->units);
    /* Keys of panels: not to be found in a core or in reused memory. */
    if (registry->accounts != NULL) {
        explicit_bzero(registry->accounts, registry->accounts_max * sizeof(*registry->accounts));
    }
    free(registry->accounts);
    free(registry);
}

struct registry_unit *
registry_add_unit(struct registry *registry, const struct registry_unit *unit)
{
    if (registry->unit_count == registry->units_max || unit->id[0] == '\0' ||
        registry_find_unit(registry, unit->id) != NULL) {
        return NULL;
    }
    struct registry_unit *added = &registry->units[registry->unit_count];
    *added = *unit;
    if (!index_add(&registry->by_id, added, hash_unit)) {
        return NULL;
    }
    registry->unit_count++;
    return added;
}

static struct registry_fingerprint *
take_fingerprint(struct registry *registry)
{
    struct block *block = registry->blocks;
    if (block == NULL || block->used == ARRAY_COUNT(block->items)) {
        block = malloc(sizeof(*block));
        if (block == NULL) {
            return NULL;
        }
        block->next = registry->blocks;
        block->used = 0;
        registry->blocks = block;
    }
    return &block->items[block->used++];
}

static bool
add_fingerprint(struct registry *registry, struct index *index, struct registry_unit *unit,
                const uint8_t *bytes)
{
    struct registry_fingerprint *item = take_fingerprint(registry);
    if (item == NULL) {
        return false;
    }
    memcpy(item->bytes, bytes, LIMIT_FINGERPRINT);
    item->unit = unit;
    return index_add(index, item, hash_fingerprint);
}

bool
registry_add_fingerprint(struct registry *registry, struct registry_unit *unit,
                         const uint8_t fingerprint[LIMIT_FINGERPRINT])
{
    /* One key never means two units: the first stays. */
    if (registry_find_fingerprint(registry, fingerprint) != NULL) {
        return false;
    }
    return add_fingerprint(registry, &registry->by_fingerprint, unit, fingerprint);
}

bool
registry_add_account(struct registry *registry, const struct registry_account *account)
{
    if (registry->account_count == registry->accounts_max || account->account[0] == '\0' ||
        registry_find_account(registry, account->account) != NULL) {
        return false;
    }
    struct registry_account *added = &registry->accounts[registry->account_count];
    *added = *account;
    if (!index_add(&registry->by_account, added, hash_account)) {
        return false;
    }
    registry->account_count++;
    return true;
}

bool
registry_add_revoked(struct registry *registry, const uint8_t fingerprint[LIMIT_FINGERPRINT])
{
    if (index_find(&registry->by_revoked, hash_bytes(3, fingerprint, LIMIT_FINGERPRINT),
                   match_fingerprint, fingerprint) != NULL) {
        return true;
    }
    if (registry->revoked_count == registry->revoked_max ||
        !add_fingerprint(registry, &registry->by_revoked, NULL, fingerprint)) {
        return false;
    }
    registry->revoked_count++;
    return true;
}

unsigned
registry_unit_count(const struct registry *registry)
{
    return registry->unit_count;
}

unsigned
registry_unit_index(const struct registry *registry, const struct registry_unit *unit)
{
    return (unsigned)(unit - registry->units);
}
