/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include "base/counters.h"
#include "base/stages.h"
#include "journal.pb-c.h"
#include "larwm/vocabulary.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(request, an_action_is_journaled_in_the_name_of_the_session_and_answered_to_it_alone)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int one = fixture_connect(&fixture);
    int two = fixture_connect(&fixture);
    (void)expect_start(one, "carys");
    (void)expect_start(two, "dafydd");
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE;
    action.incident = 9;
    action.text = "note";
    action.user = "somebody else";
    action.role = LARWM__ROLE__ROLE_ADMINISTRATOR;
    send_action(one, UINT64_MAX, &action);
    struct flow_entry *entry = fixture_entry(&fixture, true);
    cr_expect_eq(entry->type, RECORD_ACTION);
    cr_expect_neq(entry->handle, 0);
    Larwm__Journal__Action *taken = larwm__journal__action__unpack(NULL, entry->size, entry->body);
    cr_assert_not_null(taken);
    cr_expect_str_eq(taken->user, "carys");
    cr_expect_eq(taken->role, LARWM__ROLE__ROLE_OPERATOR);
    cr_expect_str_eq(taken->text, "note");
    larwm__journal__action__free_unpacked(taken, NULL);
    uint64_t handle = entry->handle;
    uint64_t ref = entry->ref;
    fixture_ticket(&fixture, entry, ERROR_NONE);
    fixture_result(&fixture, handle, ref, true);
    fixture_incident(&fixture, 9, 10, true);
    Larwm__Console__ServerFrame *frame =
        expect_frame(one, LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT);
    cr_expect_eq(frame->result->ref, UINT64_MAX);
    cr_expect(frame->result->ok);
    drop_frame(frame);
    expect_deltas(one, 1, 1);
    expect_deltas(two, 1, 1); /* and no result before it */
    (void)close(one);
    (void)close(two);
    fixture_stop(&fixture);
}

Test(request, a_result_for_a_session_that_has_gone_reaches_nobody)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int one = fixture_connect(&fixture);
    (void)expect_start(one, "carys");
    send_next(one, 1);
    struct flow_entry *entry = fixture_entry(&fixture, true);
    (void)close(one);
    fixture_wait_clients(&fixture, 0);
    int two = fixture_connect(&fixture); /* takes the same place */
    (void)expect_start(two, "dafydd");
    uint64_t handle = entry->handle;
    fixture_ticket(&fixture, entry, ERROR_NONE);
    fixture_result(&fixture, handle, 1, true);
    fixture_incident(&fixture, 1, 10, true);
    expect_deltas(two, 1, 1);
    (void)close(two);
    fixture_stop(&fixture);
}

Test(request, a_journal_that_fails_is_told_and_gives_the_block_back)
{
    struct outlet_options options = {.entries = 2};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    (void)expect_start(fd, "carys");
    for (uint64_t ref = 1; ref <= 10; ref++) {
        send_next(fd, ref);
        fixture_ticket(&fixture, fixture_entry(&fixture, true), ERROR_DISK_FULL);
        expect_refusal(fd, ref, "JOURNAL_DOWN");
    }
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(request, without_a_free_block_the_answer_is_busy)
{
    struct outlet_options options = {.entries = 2};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    (void)expect_start(fd, "carys");
    send_next(fd, 1);
    send_next(fd, 2);
    send_next(fd, 3);
    expect_refusal(fd, 3, "BUSY");
    for (int i = 0; i < 2; i++) {
        fixture_ticket(&fixture, fixture_entry(&fixture, true), ERROR_NONE);
    }
    send_next(fd, 4);
    cr_expect_eq(fixture_entry(&fixture, true)->ref, 4);
    (void)close(fd);
    fixture_stop(&fixture);
}

/* Fields of a newer client are no part of the record, however long they are. */
Test(request, fields_larwmd_does_not_know_reach_no_record)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    (void)expect_start(fd, "carys");
    static uint8_t more[4040];
    ProtobufCMessageUnknownField field = {.tag = 99,
                                          .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                          .len = sizeof more,
                                          .data = more};
    more[0] = 0xC6; /* what follows is 4038 bytes long */
    more[1] = 0x1F;
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    action.base.n_unknown_fields = 1;
    action.base.unknown_fields = &field;
    send_action(fd, 1, &action);
    struct flow_entry *entry = fixture_entry(&fixture, true);
    Larwm__Journal__Action *taken = larwm__journal__action__unpack(NULL, entry->size, entry->body);
    cr_assert_not_null(taken);
    cr_expect_eq(taken->base.n_unknown_fields, 0);
    cr_expect_eq(taken->kind, LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT);
    larwm__journal__action__free_unpacked(taken, NULL);
    fixture_ticket(&fixture, entry, ERROR_NONE);
    (void)close(fd);
    fixture_stop(&fixture);
}

/* REQ E3 TEST */
Test(request, what_a_role_may_not_do_is_refused_and_not_journaled)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    (void)expect_start(fd, "carys");
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL;
    action.incident = 1;
    action.role = LARWM__ROLE__ROLE_SUPERVISOR;
    send_action(fd, 1, &action);
    expect_refusal(fd, 1, "NOT_ALLOWED");
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    Larwm__Console__CredentialQuery query = LARWM__CONSOLE__CREDENTIAL_QUERY__INIT;
    query.user = "carys";
    frame.ref = 2;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_CREDENTIAL;
    frame.credential = &query;
    fixture_write_frame(fd, &frame);
    expect_refusal(fd, 2, "NOT_ALLOWED");
    Larwm__Journal__Police police = LARWM__JOURNAL__POLICE__INIT;
    police.incident = 1;
    police.event = LARWM__JOURNAL__POLICE_EVENT__POLICE_ACCEPTED;
    frame.ref = 3;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_POLICE;
    frame.police = &police;
    fixture_write_frame(fd, &frame);
    expect_refusal(fd, 3, "NOT_ALLOWED");
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM;
    action.incident = 0;
    send_action(fd, 4, &action);
    expect_refusal(fd, 4, "BAD_REQUEST");
    cr_expect_null(fixture_entry(&fixture, false));
    (void)close(fd);
    fixture_stop(&fixture);
}

/* Each writes something larwmd cannot read; the session ends with a reason and nobody else's does.
 */
Test(request, bad_frames_end_their_own_session_with_a_reason)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int good = fixture_connect(&fixture);
    (void)expect_start(good, "carys");
    static const struct
    {
        const char *bytes;
        size_t size;
        bool hello;
        const char *refusal;
    } cases[] = {
        {"\0\0\0\4\xff\xff\xff\xff", 8, true, "MALFORMED"},
        {"\0\0\0\0", 4, true, "MALFORMED"},
        {"\0\4\0\1", 4, true, "TOO_LARGE"},
        {"\xff\xff\xff\xff", 4, false, "TOO_LARGE"},
        {"\0\0\0\2\x08\x05", 6, true, "UNKNOWN_FRAME"},
        {"\0\0\0\3\xfa\x01\0", 7, true, "UNKNOWN_FRAME"},
        {"\0\0\0\2\x32\0", 6, false, "HELLO_FIRST"},
        {"\0\0\0\2\x12\0", 6, false, "VERSION"},
        {"\0\0\0\2\x12\0", 6, true, "BAD_REQUEST"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int bad = fixture_connect(&fixture);
        if (cases[i].hello) {
            (void)expect_start(bad, "bad");
        }
        fixture_write(bad, cases[i].bytes, cases[i].size);
        Larwm__Console__ServerFrame *frame = fixture_receive(bad);
        cr_assert_not_null(frame, "case %zu", i);
        cr_assert_eq(frame->body_case, LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT, "case %zu", i);
        cr_expect_str_eq(frame->result->refusal, cases[i].refusal, "case %zu", i);
        drop_frame(frame);
        cr_expect_null(fixture_receive(bad), "case %zu: closed after the reason", i);
        (void)close(bad);
    }
    fixture_incident(&fixture, 1, 10, true);
    expect_deltas(good, 1, 1);
    (void)close(good);
    fixture_stop(&fixture);
}

static void
expect_presence(struct fixture *fixture, const char *user, Larwm__Role role, bool present,
                enum error error)
{
    struct flow_entry *entry = fixture_entry(fixture, true);
    cr_assert_eq(entry->type, RECORD_PRESENCE);
    cr_expect_eq(entry->handle, 0);
    Larwm__Journal__Presence *record =
        larwm__journal__presence__unpack(NULL, entry->size, entry->body);
    cr_assert_not_null(record);
    cr_expect_str_eq(record->user, user);
    cr_expect_eq(record->role, role);
    cr_expect_eq(record->present, present);
    larwm__journal__presence__free_unpacked(record, NULL);
    fixture_ticket(fixture, entry, error);
}

/* REQ A5 TEST */
Test(request, coming_and_going_of_operators_and_gateways_is_journaled)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    int early = fixture_connect(&fixture);
    hello_as(early, "carys", LARWM__ROLE__ROLE_OPERATOR, true);
    cr_expect_null(fixture_entry(&fixture, false), "not before the replay is over");
    fixture_kind(&fixture, DELTA_READY);
    expect_presence(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, true, ERROR_NONE);
    int second = fixture_connect(&fixture);
    hello_as(second, "carys", LARWM__ROLE__ROLE_OPERATOR, true);
    int viewer = fixture_connect(&fixture);
    hello_as(viewer, "dafydd", LARWM__ROLE__ROLE_OPERATOR, false);
    int gateway = fixture_connect(&fixture);
    hello_as(gateway, "larwm-police", LARWM__ROLE__ROLE_POLICE_GATEWAY, false);
    expect_presence(&fixture, "larwm-police", LARWM__ROLE__ROLE_POLICE_GATEWAY, true, ERROR_NONE);
    (void)close(viewer);
    (void)close(early);
    fixture_wait_clients(&fixture, 2);
    (void)close(second);
    /* The journal cannot take it at first: it comes again. */
    expect_presence(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, false, ERROR_IO);
    expect_presence(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, false, ERROR_NONE);
    (void)close(gateway);
    expect_presence(&fixture, "larwm-police", LARWM__ROLE__ROLE_POLICE_GATEWAY, false, ERROR_NONE);
    fixture_stop(&fixture);
}

static Larwm__Console__ServerFrame *
query_credential(int fd, uint64_t ref, const char *user)
{
    Larwm__Console__CredentialQuery query = LARWM__CONSOLE__CREDENTIAL_QUERY__INIT;
    query.user = (char *)(uintptr_t)user;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_CREDENTIAL;
    frame.credential = &query;
    fixture_write_frame(fd, &frame);
    return expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL);
}

Test(request, a_web_gateway_is_told_the_credential_of_a_user)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_CREDENTIALS_BEGIN);
    fixture_credential(&fixture, "carys", "$argon2id$x");
    fixture_kind(&fixture, DELTA_CREDENTIALS_END);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    hello_as(fd, "larwm-web", LARWM__ROLE__ROLE_WEB_GATEWAY, false);
    Larwm__Console__ServerFrame *frame = query_credential(fd, 11, "carys");
    cr_expect(frame->credential->found);
    cr_expect_eq(frame->credential->ref, 11);
    cr_expect_str_eq(frame->credential->password_hash, "$argon2id$x");
    drop_frame(frame);
    frame = query_credential(fd, 12, "nobody");
    cr_expect_not(frame->credential->found);
    cr_expect_eq(frame->credential->ref, 12);
    drop_frame(frame);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(request, a_tool_is_told_the_counters_and_the_stage_times)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    counter_add(heartbeats, 41);
    stage_add(STAGE_JOURNAL_SYNC, 100, 2);
    int fd = fixture_connect(&fixture);
    hello_as(fd, "larwm-bench", LARWM__ROLE__ROLE_TOOL, false);
    Larwm__Console__CountersQuery query = LARWM__CONSOLE__COUNTERS_QUERY__INIT;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = 7;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_COUNTERS;
    frame.counters = &query;
    fixture_write_frame(fd, &frame);
    Larwm__Console__ServerFrame *answer =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_COUNTERS);
    cr_expect_eq(answer->counters->ref, 7);
    unsigned seen = 0;
    for (size_t i = 0; i < answer->counters->n_counters; i++) {
        const Larwm__Console__Counter *counter = answer->counters->counters[i];
        seen += strcmp(counter->name, "heartbeats") == 0 && counter->value == 41 ? 1 : 0;
    }
    cr_expect_eq(seen, 1);
    cr_assert_eq(answer->counters->n_stages, STAGE_COUNT);
    const Larwm__Console__Stage *stage = answer->counters->stages[STAGE_JOURNAL_SYNC];
    cr_expect_str_eq(stage->name, "journal_sync");
    cr_expect_eq(stage->sum_us, 200);
    cr_assert_eq(stage->n_counts, stage_bucket(100) + 1);
    cr_expect_eq(stage->counts[stage_bucket(100)], 2);
    drop_frame(answer);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(request, an_operator_is_not_told_the_counters)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    int fd = fixture_connect(&fixture);
    hello_as(fd, "carys", LARWM__ROLE__ROLE_OPERATOR, false);
    Larwm__Console__CountersQuery query = LARWM__CONSOLE__COUNTERS_QUERY__INIT;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = 8;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_COUNTERS;
    frame.counters = &query;
    fixture_write_frame(fd, &frame);
    expect_refusal(fd, 8, "NOT_ALLOWED");
    (void)close(fd);
    fixture_stop(&fixture);
}
