/* SPDX-License-Identifier: Apache-2.0 */
/* The directory as PostgreSQL has it: statements, and rows into records. */
#include "resolve/directory.h"

#include "base/pgvalue.h"
#include "base/require.h"
#include "resolve/card.h"

#include <string.h>

struct directory_statement
{
    const char *name;
    const char *sql;
};

static const struct directory_statement statements[DIRECTORY_STATEMENTS] = {
    {"directory_units",
     "SELECT u.identifier, u.monitored, u.mobile, u.silent, u.status::text, u.interval_s::int4,"
     " coalesce(u.network, ''), coalesce(u.risk::text, ''), u.fingerprints,"
     " coalesce(h.allocation_id, 0)::int8, h.held_from"
     " FROM larwm.directory_units u LEFT JOIN larwm.directory_holders h USING (identifier)"},
    {"directory_dc09",
     "SELECT account, unit, key, path::text, backup_network, clock_behind_s::int8,"
     " clock_ahead_s::int8 FROM larwm.directory_dc09"},
    {"directory_revoked", "SELECT fingerprint FROM larwm.directory_revoked"},
    {"directory_users",
     "SELECT username, display_name, password_hash, totp_secret, role::text, disabled, language"
     " FROM larwm.directory_users"},
    {"directory_forces", "SELECT code, name, coalesce(telephone, ''), coalesce(cap_endpoint, '')"
                         " FROM larwm.directory_forces"},
    {"directory_paths",
     "SELECT unit, path::text, interval_s::int8, fallback_s::int8, learned_s::int8,"
     " learned_pos::int8 FROM larwm.directory_paths"},
};

void
directory_prepare_statements(struct pglink *link)
{
    for (unsigned i = 0; i < DIRECTORY_STATEMENTS; i++) {
        pglink_prepare(link, statements[i].name, statements[i].sql);
    }
}

void
directory_query(struct pglink *link)
{
    for (unsigned i = 0; i < DIRECTORY_STATEMENTS; i++) {
        pglink_execute(link, statements[i].name, NULL);
    }
}

static void
put_column(struct builder *builder, const PGresult *result, int row, int column)
{
    size_t size;
    const uint8_t *bytes = pg_read_bytes(result, row, column, &size);
    builder_put_bytes(builder, bytes, size);
}

static void
take_unit(struct builder *builder, const PGresult *result, int row)
{
    if (strlen(pg_read_text(result, row, 0)) >= LIMIT_UNIT_ID) {
        return; /* no unit can call by such a name */
    }
    struct pg_items keys = pg_read_items(result, row, 8);
    builder_begin(builder, DIRECTORY_UNIT);
    put_column(builder, result, row, 0);
    builder_put_u8(builder, pg_read_bool(result, row, 1));
    builder_put_u8(builder, pg_read_bool(result, row, 2));
    builder_put_u8(builder, pg_read_bool(result, row, 3));
    builder_put_u8(builder, (uint8_t)card_word(pg_read_text(result, row, 4), unit_status_text,
                                               UNIT_RETIRED + 1, UNIT_IN_SERVICE));
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 5));
    put_column(builder, result, row, 6);
    builder_put_u8(builder, (uint8_t)card_word(pg_read_text(result, row, 7), risk_text,
                                               RISK_VERY_HIGH + 1, RISK_UNKNOWN));
    builder_put_u64(builder, (uint64_t)pg_read_int8(result, row, 9));
    builder_put_u64(builder, (uint64_t)pg_read_time(result, row, 10));
    builder_put_u32(builder, keys.left);
    size_t size;
    const uint8_t *key;
    while ((key = pg_next_item(&keys, &size)) != NULL) {
        builder_put_bytes(builder, key, size);
    }
    builder_end(builder);
}

static void
take_columns(struct builder *builder, uint8_t type, const PGresult *result, int row, int count)
{
    builder_begin(builder, type);
    for (int column = 0; column < count; column++) {
        put_column(builder, result, row, column);
    }
    builder_end(builder);
}

static uint8_t
path_of(const PGresult *result, int row, int column)
{
    return strcmp(pg_read_text(result, row, column), "backup") == 0 ? PATH_BACKUP : PATH_MAIN;
}

static void
take_account(struct builder *builder, const PGresult *result, int row)
{
    builder_begin(builder, DIRECTORY_ACCOUNT);
    put_column(builder, result, row, 0);
    put_column(builder, result, row, 1);
    put_column(builder, result, row, 2);
    builder_put_u8(builder, path_of(result, row, 3));
    builder_put_u8(builder, (uint8_t)pg_read_text(result, row, 4)[0]);
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 5));
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 6));
    builder_end(builder);
}

static void
take_path(struct builder *builder, const PGresult *result, int row)
{
    builder_begin(builder, DIRECTORY_PATH);
    put_column(builder, result, row, 0);
    builder_put_u8(builder, path_of(result, row, 1));
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 2));
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 3));
    builder_put_u32(builder, (uint32_t)pg_read_int8(result, row, 4));
    builder_put_u64(builder, (uint64_t)pg_read_int8(result, row, 5));
    builder_end(builder);
}

static void
take_user(struct builder *builder, const PGresult *result, int row)
{
    builder_begin(builder, DIRECTORY_USER);
    put_column(builder, result, row, 0);
    put_column(builder, result, row, 1);
    put_column(builder, result, row, 2);
    put_column(builder, result, row, 3);
    builder_put_u8(builder, (uint8_t)card_word(pg_read_text(result, row, 4), role_text,
                                               ROLE_TOOL + 1, ROLE_NONE));
    builder_put_u8(builder, pg_read_bool(result, row, 5));
    put_column(builder, result, row, 6);
    builder_end(builder);
}

void
directory_take(struct builder *builder, unsigned statement, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        switch (statement) {
            case 0:
                take_unit(builder, result, row);
                break;
            case 1:
                take_account(builder, result, row);
                break;
            case 2:
                take_columns(builder, DIRECTORY_REVOKED, result, row, 1);
                break;
            case 3:
                take_user(builder, result, row);
                break;
            case 4:
                take_columns(builder, DIRECTORY_FORCE, result, row, 4);
                break;
            case 5:
                take_path(builder, result, row);
                break;
            default:
                require(false);
        }
    }
}
