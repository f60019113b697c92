/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: rows of cells, printed in aligned columns or as a JSON array of objects. Cells are kept as
 * JSON values, so the two forms cannot disagree. One thread.
 */
#ifndef TOOLS_CTL_TABLE_H
#define TOOLS_CTL_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define CTL_COLUMNS_MAX 24

struct ctl_table
{
    unsigned column_count;
    char keys[CTL_COLUMNS_MAX][32]; /* JSON names; titles are made of them */
    json_t *rows;                   /* array of arrays of cells */
};

void ctl_table_init(struct ctl_table *table);
void ctl_table_free(struct ctl_table *table);
void ctl_table_column(struct ctl_table *table, const char *key);
/* A new row; cells are added to it from the left. */
void ctl_table_row(struct ctl_table *table);
/* Takes `cell` over; NULL is JSON null. */
void ctl_table_cell(struct ctl_table *table, json_t *cell);
void ctl_table_text(struct ctl_table *table, const char *text);
/* Text: one line a row under its titles, or "none". JSON: an array of objects. */
void ctl_table_print(const struct ctl_table *table, bool as_json, FILE *to);

/* Prints any JSON value indented, with a closing line end. */
void ctl_json_print(const json_t *value, FILE *to);

#endif
