/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "journal.pb-c.h"
#include "journal/directory.h"
#include "tools/journal_print.h"
#include "tools/journal_tool.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;
static uint8_t bytes[1u << 20];

static char *
print_signal(bool acknowledged, bool json, bool personal)
{
    Larwm__Position position = LARWM__POSITION__INIT;
    position.latitude = 51.5;
    Larwm__Journal__Signal signal = LARWM__JOURNAL__SIGNAL__INIT;
    signal.protocol = LARWM__PROTOCOL__PROTOCOL_NATIVE;
    signal.unit = (char *)"SKY-101";
    signal.kind = LARWM__SIGNAL_KIND__SIGNAL_PANIC;
    signal.sequence = 12;
    signal.text = (char *)"Invented \"Name\"\n5 Nowhere Road";
    signal.position = &position;
    static uint8_t body[1024];
    struct flow_record record = {
        .pos = 41, .time_us = INT64_C(1795353600123456), .type = RECORD_SIGNAL, .body = body};
    record.size = larwm__journal__signal__pack(&signal, body);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    journal_print_record(out, &record, acknowledged, json, personal);
    (void)fclose(out);
    return text;
}

Test(tool, a_dump_shows_header_fields_and_no_personal_data)
{
    char *text = print_signal(true, false, false);
    cr_assert_not_null(strstr(text, "41 2026-"));
    cr_assert_not_null(strstr(text, "SIGNAL"));
    cr_assert_not_null(strstr(text, "unit=\"SKY-101\""));
    cr_assert_not_null(strstr(text, "kind=SIGNAL_PANIC"));
    cr_assert_not_null(strstr(text, "hidden=position,text"));
    cr_assert_null(strstr(text, "Nowhere"));
    cr_assert_null(strstr(text, "51.5"));
    cr_assert_null(strstr(text, "unacknowledged"));
    free(text);
}

Test(tool, personal_data_is_shown_when_asked_for_and_stays_on_one_line)
{
    char *text = print_signal(false, true, true);
    cr_assert_not_null(strstr(text, "\"text\":\"Invented \\\"Name\\\"\\u000a5 Nowhere Road\""));
    cr_assert_not_null(strstr(text, "51.5"));
    cr_assert_not_null(strstr(text, "\"acknowledged\":false"));
    cr_assert_null(strstr(text, "hidden"));
    cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

static void
make_journal(void)
{
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_commit(&rig, 200);
    }
    rig_close(&rig);
}

Test(tool, verify_tells_a_whole_journal_from_a_damaged_one)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
    make_journal();
    cr_assert_eq(journal_tool_verify(rig.path), JOURNAL_TOOL_OK);
    cr_assert_eq(journal_tool_dump(rig.path, 0, 0, true, false), JOURNAL_TOOL_OK);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    bytes[FORMAT_BLOCK + 300] ^= 1;
    file_store(rig.path, name, bytes, size);
    cr_assert_eq(journal_tool_verify(rig.path), JOURNAL_TOOL_DAMAGED);
    cr_assert_eq(journal_tool_dump(rig.path, 0, 0, false, false), JOURNAL_TOOL_DAMAGED);
    rig_free(&rig);
}

Test(tool, verify_of_a_directory_that_is_not_there_says_so)
{
    cr_redirect_stderr();
    cr_assert_eq(journal_tool_verify("/nonexistent/journal"), JOURNAL_TOOL_UNREADABLE);
}

Test(tool, verify_names_checkpoints_and_fails_on_a_damaged_one, .init = cr_redirect_stdout)
{
    char name[SEGMENT_NAME_SIZE];
    rig_init(&rig);
    rig_open(&rig);
    (void)rig_commit(&rig, 100);
    journal_checkpoint(rig.journal, 1, calloc(1, 300), 300);
    journal_keeper_turn(&rig.journal->keeper);
    rig_close(&rig);
    cr_assert_eq(journal_tool_verify(rig.path), JOURNAL_TOOL_OK);
    size_t size = file_load(rig.path, journal_checkpoint_name(1, name), bytes, sizeof bytes);
    bytes[4096 + 200] ^= 1;
    file_store(rig.path, name, bytes, size);
    cr_assert_eq(journal_tool_verify(rig.path), JOURNAL_TOOL_DAMAGED);
    rig_free(&rig);
}
