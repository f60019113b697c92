/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_table.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *
print(const struct ctl_table *table, bool as_json)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    ctl_table_print(table, as_json, to);
    (void)fclose(to);
    return text;
}

Test(ctl_table, columns_are_aligned_by_characters_not_bytes)
{
    struct ctl_table table;
    ctl_table_init(&table);
    ctl_table_column(&table, "name");
    ctl_table_column(&table, "heartbeat_s");
    ctl_table_row(&table);
    ctl_table_text(&table, "Siân");
    ctl_table_cell(&table, json_integer(5));
    ctl_table_row(&table);
    ctl_table_text(&table, "Robin");
    ctl_table_cell(&table, json_true());
    char *text = print(&table, false);
    cr_expect_str_eq(text, "NAME   HEARTBEAT S\nSiân   5\nRobin  yes\n");
    free(text);
    ctl_table_free(&table);
}

Test(ctl_table, an_empty_list_says_so_and_is_an_empty_array)
{
    struct ctl_table table;
    ctl_table_init(&table);
    ctl_table_column(&table, "name");
    char *text = print(&table, false);
    cr_expect_str_eq(text, "none\n");
    free(text);
    text = print(&table, true);
    cr_expect_str_eq(text, "[]\n");
    free(text);
    ctl_table_free(&table);
}

Test(ctl_table, json_keeps_types_and_text_joins_lists)
{
    struct ctl_table table;
    ctl_table_init(&table);
    ctl_table_column(&table, "badges");
    ctl_table_column(&table, "nothing");
    ctl_table_row(&table);
    ctl_table_cell(&table, json_pack("[s,s]", "LOST", "TEST"));
    ctl_table_cell(&table, NULL);
    char *text = print(&table, false);
    cr_expect_not_null(strstr(text, "LOST TEST"));
    free(text);
    text = print(&table, true);
    json_t *list = json_loads(text, 0, NULL);
    const json_t *row = json_array_get(list, 0);
    cr_expect_eq(json_array_size(json_object_get(row, "badges")), 2);
    cr_expect(json_is_null(json_object_get(row, "nothing")));
    json_decref(list);
    free(text);
    ctl_table_free(&table);
}

Test(ctl_table, what_a_unit_wrote_cannot_steer_the_terminal)
{
    struct ctl_table table;
    ctl_table_init(&table);
    ctl_table_column(&table, "zone");
    ctl_table_row(&table);
    ctl_table_text(&table, "\x1b[2J\r\nfake");
    ctl_table_row(&table);
    ctl_table_text(&table, "\xff\xfe");
    char *text = print(&table, false);
    cr_expect_null(strchr(text, 0x1b));
    cr_expect_null(strchr(text, '\r'));
    free(text);
    ctl_table_free(&table);
}
