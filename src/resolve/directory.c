/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/directory.h"

#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512 /* of a user's or force's field, with the closing NUL */

/* Everything built from one directory before any of it is handed over. */
struct edition
{
    struct known *known;
    struct registry *registry;
    struct resolve_unit *units;
    char (*networks)[LIMIT_NETWORK];
    struct resolve_user *users;
    struct user_texts *user_texts;
    struct resolve_force *forces;
    struct force_texts *force_texts;
    unsigned unit_count;
    unsigned account_count;
    unsigned revoked_count;
    unsigned user_count;
    unsigned force_count;
    unsigned refused; /* rows that contradict others */
};

struct user_texts
{
    char user[LIMIT_USER];
    char display_name[TEXT_MAX];
    char password_hash[TEXT_MAX];
    uint8_t totp[128];
    char language[16];
};

struct force_texts
{
    char code[RESOLVE_FORCE];
    char name[TEXT_MAX];
    char telephone[TEXT_MAX];
    char cap_endpoint[TEXT_MAX];
};

static bool
edition_count(struct edition *edition, const struct blob *directory)
{
    struct cursor cursor = cursor_over_const(directory->bytes, directory->size);
    struct cursor body;
    uint8_t type;
    while ((type = blob_next(&cursor, &body)) != 0) {
        edition->unit_count += type == DIRECTORY_UNIT;
        edition->account_count += type == DIRECTORY_ACCOUNT;
        edition->revoked_count += type == DIRECTORY_REVOKED;
        edition->user_count += type == DIRECTORY_USER;
        edition->force_count += type == DIRECTORY_FORCE;
    }
    return !cursor.failed && edition->unit_count < LIMIT_UNITS;
}

static bool
edition_make_room(struct edition *edition)
{
    edition->registry =
        registry_new(edition->unit_count, edition->account_count, edition->revoked_count);
    edition->units = calloc(edition->unit_count + 1, sizeof(*edition->units));
    edition->networks = calloc(edition->unit_count + 1, sizeof(*edition->networks));
    edition->users = calloc(edition->user_count + 1, sizeof(*edition->users));
    edition->user_texts = calloc(edition->user_count + 1, sizeof(*edition->user_texts));
    edition->forces = calloc(edition->force_count + 1, sizeof(*edition->forces));
    edition->force_texts = calloc(edition->force_count + 1, sizeof(*edition->force_texts));
    bool ok = edition->registry != NULL && edition->units != NULL && edition->networks != NULL &&
              edition->users != NULL && edition->user_texts != NULL && edition->forces != NULL &&
              edition->force_texts != NULL;
    edition->unit_count = 0;
    edition->user_count = 0;
    edition->force_count = 0;
    return ok;
}

static void
edition_free(struct edition *edition)
{
    registry_free(edition->registry);
    free(edition->units);
    free(edition->networks);
    free(edition->users);
    free(edition->user_texts);
    free(edition->forces);
    free(edition->force_texts);
}

/* Is a heartbeat expected of it now? A unit in a store, lost or retired is not missed. */
static bool
is_expected(enum unit_status status)
{
    return status == UNIT_IN_SERVICE || status == UNIT_FAULTY_IN_SERVICE ||
           status == UNIT_LEASED_UNTESTED;
}

static void
take_fingerprints(struct edition *edition, struct registry_unit *unit, struct cursor *body)
{
    uint32_t count = cursor_read_le32(body);
    for (uint32_t i = 0; i < count && !body->failed; i++) {
        size_t size;
        const uint8_t *key = blob_read_bytes(body, &size);
        if (key == NULL || size != LIMIT_FINGERPRINT ||
            !registry_add_fingerprint(edition->registry, unit, key)) {
            edition->refused++;
        }
    }
}

static void
take_unit(struct edition *edition, struct cursor *body)
{
    struct registry_unit unit = {0};
    struct resolve_unit *row = &edition->units[edition->unit_count];
    char *network = edition->networks[edition->unit_count];
    blob_read_text(body, unit.id, sizeof(unit.id));
    unit.monitored = cursor_read_u8(body) != 0;
    bool mobile = cursor_read_u8(body) != 0;
    unit.silent = cursor_read_u8(body) != 0;
    row->status = (enum unit_status)cursor_read_u8(body);
    unit.interval_s = cursor_read_le32(body);
    blob_read_text(body, network, LIMIT_NETWORK);
    row->risk = (enum risk)cursor_read_u8(body);
    uint64_t holder = cursor_read_le64(body);
    int64_t held_from_us = (int64_t)cursor_read_le64(body);
    struct known_unit *known = body->failed ? NULL : known_add(edition->known, unit.id, &unit.slot);
    struct registry_unit *added =
        known == NULL ? NULL : registry_add_unit(edition->registry, &unit);
    if (added == NULL) {
        edition->refused++;
        return;
    }
    known->status = row->status;
    known->mobile = mobile;
    known->holder = holder;
    known->held_from_us = held_from_us;
    row->unit = known->id;
    row->network = network;
    row->slot = unit.slot;
    row->interval_s = unit.interval_s;
    row->monitored = unit.monitored && unit.interval_s > 0 && is_expected(row->status);
    row->paths[0] = (struct resolve_path){.used = true, .interval_s = unit.interval_s};
    edition->unit_count++;
    take_fingerprints(edition, added, body);
}

/* Units whose interval was set or is learned. The registry and the rows have the same order. */
static void
take_path(struct edition *edition, struct cursor *body)
{
    char id[LIMIT_UNIT_ID];
    blob_read_text(body, id, sizeof(id));
    enum path path = cursor_read_u8(body) == PATH_BACKUP ? PATH_BACKUP : PATH_MAIN;
    struct resolve_path given = {.used = true};
    given.interval_s = cursor_read_le32(body);
    given.fallback_s = cursor_read_le32(body);
    given.learned_s = cursor_read_le32(body);
    given.learned_pos = cursor_read_le64(body);
    const struct registry_unit *unit = registry_find_unit(edition->registry, id);
    if (body->failed || unit == NULL) {
        edition->refused++;
        return;
    }
    struct resolve_unit *row = &edition->units[registry_unit_index(edition->registry, unit)];
    row->paths[path - PATH_MAIN] = given;
    row->monitored = unit->monitored && is_expected(row->status);
    if (path == PATH_BACKUP) {
        ((struct registry_unit *)(uintptr_t)unit)->has_backup = true;
    }
}

/* What follows the key is not in the snapshot of an older version. */
static void
take_account_settings(struct registry_account *account, struct cursor *body)
{
    account->path = PATH_MAIN;
    account->backup_network = '2';
    if (!body->failed && cursor_left(body) > 0) {
        account->path = cursor_read_u8(body) == PATH_BACKUP ? PATH_BACKUP : PATH_MAIN;
        account->backup_network = (char)cursor_read_u8(body);
        account->clock_behind_s = cursor_read_le32(body);
        account->clock_ahead_s = cursor_read_le32(body);
    }
}

static void
take_account(struct edition *edition, struct cursor *body)
{
    struct registry_account account = {0};
    char id[LIMIT_UNIT_ID];
    size_t size;
    blob_read_text(body, account.account, sizeof(account.account));
    blob_read_text(body, id, sizeof(id));
    const uint8_t *key = blob_read_bytes(body, &size);
    take_account_settings(&account, body);
    const struct registry_unit *unit = registry_find_unit(edition->registry, id);
    if (body->failed || unit == NULL || size > sizeof(account.key)) {
        edition->refused++;
        return;
    }
    if (size > 0) {
        memcpy(account.key, key, size);
    }
    account.key_size = (uint8_t)size;
    account.unit = (struct registry_unit *)(uintptr_t)unit;
    if (!registry_add_account(edition->registry, &account)) {
        edition->refused++;
    }
    explicit_bzero(&account, sizeof(account));
}

static void
take_revoked(struct edition *edition, struct cursor *body)
{
    size_t size;
    const uint8_t *key = blob_read_bytes(body, &size);
    if (key == NULL || size != LIMIT_FINGERPRINT || !registry_add_revoked(edition->registry, key)) {
        edition->refused++;
    }
}

static void
take_user(struct edition *edition, struct cursor *body)
{
    struct resolve_user *user = &edition->users[edition->user_count];
    struct user_texts *texts = &edition->user_texts[edition->user_count];
    size_t size;
    blob_read_text(body, texts->user, sizeof(texts->user));
    blob_read_text(body, texts->display_name, sizeof(texts->display_name));
    blob_read_text(body, texts->password_hash, sizeof(texts->password_hash));
    const uint8_t *totp = blob_read_bytes(body, &size);
    if (totp == NULL || size > sizeof(texts->totp)) {
        edition->refused++;
        return;
    }
    memcpy(texts->totp, totp, size);
    user->user = texts->user;
    user->display_name = texts->display_name;
    user->password_hash = texts->password_hash;
    user->totp_secret = texts->totp;
    user->totp_size = size;
    user->role = (enum role)cursor_read_u8(body);
    user->disabled = cursor_read_u8(body) != 0;
    blob_read_text(body, texts->language, sizeof(texts->language));
    user->language = texts->language;
    edition->user_count++;
}

static void
take_force(struct edition *edition, struct cursor *body)
{
    struct resolve_force *force = &edition->forces[edition->force_count];
    struct force_texts *texts = &edition->force_texts[edition->force_count];
    blob_read_text(body, texts->code, sizeof(texts->code));
    blob_read_text(body, texts->name, sizeof(texts->name));
    blob_read_text(body, texts->telephone, sizeof(texts->telephone));
    blob_read_text(body, texts->cap_endpoint, sizeof(texts->cap_endpoint));
    force->code = texts->code;
    force->name = texts->name;
    force->telephone = texts->telephone;
    force->cap_endpoint = texts->cap_endpoint;
    edition->force_count++;
}

/* Units come before their accounts: the load's statements are in that order. */
static bool
edition_fill(struct edition *edition, const struct blob *directory)
{
    struct cursor cursor = cursor_over_const(directory->bytes, directory->size);
    struct cursor body;
    uint8_t type;
    while ((type = blob_next(&cursor, &body)) != 0) {
        switch (type) {
            case DIRECTORY_UNIT:
                take_unit(edition, &body);
                break;
            case DIRECTORY_ACCOUNT:
                take_account(edition, &body);
                break;
            case DIRECTORY_REVOKED:
                take_revoked(edition, &body);
                break;
            case DIRECTORY_PATH:
                take_path(edition, &body);
                break;
            case DIRECTORY_USER:
                take_user(edition, &body);
                break;
            case DIRECTORY_FORCE:
                take_force(edition, &body);
                break;
            default:
                break; /* a later version's */
        }
        if (body.failed) {
            return false;
        }
    }
    return true;
}

enum error
directory_publish(const struct blob *directory, struct known *known,
                  const struct resolve_callbacks *callbacks)
{
    struct edition edition = {.known = known};
    if (!edition_count(&edition, directory)) {
        return ERROR_DAMAGED;
    }
    if (!edition_make_room(&edition)) {
        edition_free(&edition);
        return ERROR_MEMORY;
    }
    if (!edition_fill(&edition, directory)) {
        edition_free(&edition);
        return ERROR_DAMAGED;
    }
    if (edition.refused > 0) {
        log_warning("resolve", "directory: %u entries contradict others and are left out",
                    edition.refused);
    }
    struct registry *registry = edition.registry;
    edition.registry = NULL;
    callbacks->on_registry(callbacks->data, registry);
    callbacks->on_units(callbacks->data, edition.units, edition.unit_count);
    callbacks->on_users(callbacks->data, edition.users, edition.user_count);
    callbacks->on_forces(callbacks->data, edition.forces, edition.force_count);
    edition_free(&edition);
    return ERROR_NONE;
}
