/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_table.h"

#include "base/require.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CELL_TEXT_MAX 512
#define COLUMN_GAP 2

void
ctl_table_init(struct ctl_table *table)
{
    *table = (struct ctl_table){.rows = json_array()};
    require(table->rows != NULL);
}

void
ctl_table_free(struct ctl_table *table)
{
    json_decref(table->rows);
    table->rows = NULL;
}

void
ctl_table_column(struct ctl_table *table, const char *key)
{
    require(table->column_count < CTL_COLUMNS_MAX);
    (void)text_copy(table->keys[table->column_count], sizeof table->keys[0], key);
    table->column_count += 1;
}

void
ctl_table_row(struct ctl_table *table)
{
    require(json_array_append_new(table->rows, json_array()) == 0);
}

void
ctl_table_cell(struct ctl_table *table, json_t *cell)
{
    json_t *row = json_array_get(table->rows, json_array_size(table->rows) - 1);
    require(row != NULL && json_array_size(row) < table->column_count);
    require(json_array_append_new(row, cell == NULL ? json_null() : cell) == 0);
}

void
ctl_table_text(struct ctl_table *table, const char *text)
{
    /* json_string refuses what is not UTF-8; such text cannot be shown as it is. */
    json_t *cell = text == NULL ? json_null() : json_string(text);
    ctl_table_cell(table, cell == NULL ? json_string("?") : cell);
}

static void join_list(const json_t *list, char *to, size_t size);

/* A cell as text, without control characters: nothing a unit or a person wrote may steer the
 * terminal. */
static void
cell_text(const json_t *cell, char *to, size_t size)
{
    if (json_is_string(cell)) {
        (void)text_copy(to, size, json_string_value(cell));
    } else if (json_is_integer(cell)) {
        (void)snprintf(to, size, "%" JSON_INTEGER_FORMAT, json_integer_value(cell));
    } else if (json_is_real(cell)) {
        (void)snprintf(to, size, "%g", json_real_value(cell));
    } else if (json_is_boolean(cell)) {
        (void)text_copy(to, size, json_is_true(cell) ? "yes" : "no");
    } else if (json_is_array(cell)) {
        join_list(cell, to, size);
    } else {
        to[0] = '\0';
    }
    for (char *at = to; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = ' ';
        }
    }
}

/* Elements that are not plain values are left out: lists here hold words. */
static void
join_list(const json_t *list, char *to, size_t size)
{
    size_t used = 0;
    size_t index;
    json_t *element;
    to[0] = '\0';
    json_array_foreach((json_t *)(uintptr_t)list, index, element)
    {
        if (json_is_string(element)) {
            text_append(to, size, &used, "%s%s", used == 0 ? "" : " ", json_string_value(element));
        } else if (json_is_integer(element)) {
            text_append(to, size, &used, "%s%" JSON_INTEGER_FORMAT, used == 0 ? "" : " ",
                        json_integer_value(element));
        }
    }
}

/* Columns on the screen: characters, not bytes. */
static size_t
text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

static void
title_text(const char *key, char *to, size_t size)
{
    (void)text_copy(to, size, key);
    for (char *at = to; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : (char)toupper((unsigned char)*at);
    }
}

static void
measure(const struct ctl_table *table, size_t *widths)
{
    char text[CELL_TEXT_MAX];
    for (unsigned i = 0; i < table->column_count; i++) {
        title_text(table->keys[i], text, sizeof text);
        widths[i] = text_width(text);
    }
    size_t index;
    json_t *row;
    json_array_foreach(table->rows, index, row)
    {
        for (unsigned i = 0; i < table->column_count; i++) {
            cell_text(json_array_get(row, i), text, sizeof text);
            size_t width = text_width(text);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
}

static void
print_cell(const char *text, size_t width, bool last, FILE *to)
{
    size_t pad = last ? 0 : width - text_width(text) + COLUMN_GAP;
    (void)fprintf(to, "%s%*s", text, (int)pad, "");
}

static void
print_text(const struct ctl_table *table, FILE *to)
{
    if (json_array_size(table->rows) == 0) {
        (void)fputs("none\n", to);
        return;
    }
    size_t widths[CTL_COLUMNS_MAX] = {0};
    char text[CELL_TEXT_MAX];
    measure(table, widths);
    for (unsigned i = 0; i < table->column_count; i++) {
        title_text(table->keys[i], text, sizeof text);
        print_cell(text, widths[i], i + 1 == table->column_count, to);
    }
    (void)fputc('\n', to);
    size_t index;
    json_t *row;
    json_array_foreach(table->rows, index, row)
    {
        for (unsigned i = 0; i < table->column_count; i++) {
            cell_text(json_array_get(row, i), text, sizeof text);
            print_cell(text, widths[i], i + 1 == table->column_count, to);
        }
        (void)fputc('\n', to);
    }
}

static void
print_json(const struct ctl_table *table, FILE *to)
{
    json_t *list = json_array();
    size_t index;
    json_t *row;
    json_array_foreach(table->rows, index, row)
    {
        json_t *object = json_object();
        for (unsigned i = 0; i < table->column_count; i++) {
            json_t *cell = json_array_get(row, i);
            require(json_object_set_new(object, table->keys[i],
                                        cell == NULL ? json_null() : json_incref(cell)) == 0);
        }
        require(json_array_append_new(list, object) == 0);
    }
    ctl_json_print(list, to);
    json_decref(list);
}

void
ctl_table_print(const struct ctl_table *table, bool as_json, FILE *to)
{
    if (as_json) {
        print_json(table, to);
    } else {
        print_text(table, to);
    }
}

void
ctl_json_print(const json_t *value, FILE *to)
{
    (void)json_dumpf(value, to, JSON_INDENT(2) | JSON_ENCODE_ANY);
    (void)fputc('\n', to);
}
