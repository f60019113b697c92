/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of tables.c with the lists that follow from the columns filled in. */
#include "record/effect.h"

#include "base/require.h"
#include "base/text.h"

#include <string.h>

struct sql
{
    char *text;
    size_t used;
    bool once;
};

static const char *const types[] = {
    [EFFECT_INT8] = "int8", [EFFECT_REFERENCE] = "int8", [EFFECT_INT4] = "int4",
    [EFFECT_BOOL] = "bool", [EFFECT_FLOAT8] = "float8",  [EFFECT_TIME] = "timestamptz",
    [EFFECT_TEXT] = "text", [EFFECT_WORDS] = "text",     [EFFECT_BYTES] = "bytea",
};

/* unnest in the list, not after FROM: there each array would go through a store of its own. */
static void
put_rows(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used, "SELECT unnest($2::int8[]) AS pos");
    for (unsigned i = 0; i < table->column_count; i++) {
        text_append(sql->text, EFFECT_SQL_MAX, &sql->used, ", unnest($%u::%s[]) AS %s", i + 3,
                    types[table->columns[i].type], table->columns[i].name);
    }
}

static void
put_columns(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used, "pos");
    for (unsigned i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, "id") != 0) {
            text_append(sql->text, EFFECT_SQL_MAX, &sql->used, ", %s", table->columns[i].name);
        }
    }
}

static void
put_values(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used, "x.pos");
    for (unsigned i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        if (table->columns[i].type == EFFECT_WORDS) {
            text_append(sql->text, EFFECT_SQL_MAX, &sql->used, ", string_to_array(x.%s, ' ')",
                        name);
        } else if (strcmp(name, "id") != 0) {
            text_append(sql->text, EFFECT_SQL_MAX, &sql->used, ", x.%s", name);
        }
    }
}

static void
put_newer(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used, "pos = excluded.pos");
    for (unsigned i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        if (strcmp(name, "id") != 0) {
            text_append(sql->text, EFFECT_SQL_MAX, &sql->used, ", %s = excluded.%s", name, name);
        }
    }
}

/* An incident's id is node << 48 | number. */
static void
put_id(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used,
                "(x.id >> 48)::int4, x.id & 281474976710655");
}

static void
put_once(struct sql *sql, const struct effect_table *table)
{
    text_append(sql->text, EFFECT_SQL_MAX, &sql->used, sql->once ? "ON CONFLICT DO NOTHING" : "");
}

static const struct marker
{
    const char *name;
    void (*put)(struct sql *sql, const struct effect_table *table);
} markers[] = {
    {"@rows", put_rows},   {"@columns", put_columns}, {"@values", put_values},
    {"@newer", put_newer}, {"@id", put_id},           {"@once", put_once},
};

static const char *
put_marker(struct sql *sql, const struct effect_table *table, const char *at)
{
    for (unsigned i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
        size_t size = strlen(markers[i].name);
        if (strncmp(at, markers[i].name, size) == 0) {
            markers[i].put(sql, table);
            return at + size;
        }
    }
    require(false);
    return at;
}

void
effect_sql(enum effect_kind kind, bool once, char text[EFFECT_SQL_MAX])
{
    const struct effect_table *table = &effect_tables[kind];
    struct sql sql = {.text = text, .once = once};
    const char *at = table->sql;
    text[0] = '\0';
    while (*at != '\0') {
        int plain = (int)strcspn(at, "@");
        text_append(text, EFFECT_SQL_MAX, &sql.used, "%.*s", plain, at);
        at += plain;
        if (*at == '@') {
            at = put_marker(&sql, table, at);
        }
    }
    require(sql.used + 1 < EFFECT_SQL_MAX);
}
