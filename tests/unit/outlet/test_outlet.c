/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "journal.pb-c.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
drop(Larwm__Console__ServerFrame *frame)
{
    larwm__console__server_frame__free_unpacked(frame, NULL);
}

/* The next frame, which must be of `kind`. */
static Larwm__Console__ServerFrame *
expect(int fd, Larwm__Console__ServerFrame__BodyCase kind)
{
    Larwm__Console__ServerFrame *frame = fixture_receive(fd);
    cr_assert_not_null(frame, "closed");
    cr_assert_eq(frame->body_case, kind, "kind %d", (int)frame->body_case);
    return frame;
}

/* Hello, Welcome, Snapshot; returns the stream id. */
static uint64_t
expect_start(int fd, const char *user)
{
    fixture_hello(fd, user, 0, 0);
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    uint64_t stream = frame->welcome->stream;
    cr_expect_not(frame->welcome->resumed);
    drop(frame);
    drop(expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT));
    return stream;
}

/* Reads deltas `from`..`to` in order. */
static void
expect_deltas(int fd, uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number <= to; number++) {
        Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA);
        cr_assert_eq(frame->delta->sequence, number);
        drop(frame);
    }
}

static void
send_action(int fd, uint64_t ref, Larwm__Journal__Action *action)
{
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION;
    frame.action = action;
    fixture_write_frame(fd, &frame);
}

static void
send_next(int fd, uint64_t ref)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    send_action(fd, ref, &action);
}

static void
expect_refusal(int fd, uint64_t ref, const char *refusal)
{
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT);
    cr_expect_eq(frame->result->ref, ref);
    cr_expect_not(frame->result->ok);
    cr_expect_str_eq(frame->result->refusal, refusal);
    drop(frame);
}

Test(outlet, a_client_gets_its_snapshot_only_when_the_desk_is_ready)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    int fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", 0, 0);
    drop(expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
    fixture_incident(&fixture, 7, 10, true);
    send_next(fd, 5);
    expect_refusal(fd, 5, "BUSY"); /* and no snapshot before it */
    fixture_kind(&fixture, DELTA_READY);
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
    cr_assert_eq(frame->snapshot->n_incidents, 1);
    cr_expect_eq(frame->snapshot->incidents[0]->id, 7);
    cr_expect(frame->snapshot->last);
    drop(frame);
    fixture_incident(&fixture, 8, 10, true);
    expect_deltas(fd, 1, 1);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, two_clients_get_the_same_bytes_of_a_delta)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int one = fixture_connect(&fixture);
    int two = fixture_connect(&fixture);
    (void)expect_start(one, "carys");
    (void)expect_start(two, "dafydd");
    for (uint64_t id = 1; id <= 50; id++) {
        fixture_incident(&fixture, id, 100 * (size_t)id, id % 3 != 0);
        uint8_t first[FIXTURE_BLOCK];
        uint8_t second[FIXTURE_BLOCK];
        size_t size = fixture_read(one, first, sizeof first);
        cr_assert(size > 0);
        cr_assert_eq(fixture_read(two, second, sizeof second), size);
        cr_assert_eq(memcmp(first, second, size), 0);
    }
    (void)close(one);
    (void)close(two);
    fixture_stop(&fixture);
}

Test(outlet, an_action_is_journaled_in_the_name_of_the_session_and_answered_to_it_alone)
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
    Larwm__Console__ServerFrame *frame = expect(one, LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT);
    cr_expect_eq(frame->result->ref, UINT64_MAX);
    cr_expect(frame->result->ok);
    drop(frame);
    expect_deltas(one, 1, 1);
    expect_deltas(two, 1, 1); /* and no result before it */
    (void)close(one);
    (void)close(two);
    fixture_stop(&fixture);
}

Test(outlet, a_result_for_a_session_that_has_gone_reaches_nobody)
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

Test(outlet, a_journal_that_fails_is_told_and_gives_the_block_back)
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

Test(outlet, without_a_free_block_the_answer_is_busy)
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

/* REQ E3 TEST */
Test(outlet, what_a_role_may_not_do_is_refused_and_not_journaled)
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
Test(outlet, bad_frames_end_their_own_session_with_a_reason)
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
        drop(frame);
        cr_expect_null(fixture_receive(bad), "case %zu: closed after the reason", i);
        (void)close(bad);
    }
    fixture_incident(&fixture, 1, 10, true);
    expect_deltas(good, 1, 1);
    (void)close(good);
    fixture_stop(&fixture);
}

Test(outlet, a_client_that_does_not_read_is_closed_and_the_others_get_everything)
{
    struct outlet_options options = {.backlog_bytes = 1 << 20};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    fixture_kind(&fixture, DELTA_READY);
    int slow = fixture_connect(&fixture);
    int quick = fixture_connect(&fixture);
    (void)expect_start(slow, "slow");
    (void)expect_start(quick, "quick");
    const uint64_t count = 600; /* of 4 KB each: more than the backlog and the socket hold */
    for (uint64_t i = 1; i <= count; i++) {
        fixture_incident(&fixture, i, 4000, true);
        expect_deltas(quick, i, i);
    }
    fixture_wait_clients(&fixture, 1);
    uint64_t seen = 0;
    Larwm__Console__ServerFrame *frame = fixture_receive(slow);
    while (frame != NULL) {
        seen += 1;
        cr_assert_eq(frame->delta->sequence, seen, "what it got is whole and in order");
        drop(frame);
        frame = fixture_receive(slow);
    }
    cr_expect(seen < count);
    (void)close(slow);
    (void)close(quick);
    fixture_stop(&fixture);
}

Test(outlet, a_client_that_comes_back_goes_on_after_what_it_saw)
{
    struct outlet_options options = {.deltas_kept = 64};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    uint64_t stream = expect_start(fd, "carys");
    for (uint64_t i = 1; i <= 10; i++) {
        fixture_incident(&fixture, i, 10, true);
    }
    expect_deltas(fd, 1, 10);
    (void)close(fd);
    for (uint64_t i = 11; i <= 30; i++) {
        fixture_incident(&fixture, i, 10, true);
    }
    fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", stream, 10);
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect(frame->welcome->resumed);
    cr_expect_eq(frame->welcome->stream, stream);
    drop(frame);
    expect_deltas(fd, 11, 30);
    fixture_incident(&fixture, 31, 10, true);
    expect_deltas(fd, 31, 31);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, a_client_that_was_away_too_long_or_across_a_restart_gets_a_snapshot)
{
    struct outlet_options options = {.deltas_kept = 16};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    uint64_t stream = expect_start(fd, "carys");
    (void)close(fd);
    for (uint64_t i = 1; i <= 20; i++) {
        fixture_incident(&fixture, i, 10, true);
    }
    fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", stream, 1);
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect_not(frame->welcome->resumed);
    drop(frame);
    frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
    cr_expect_eq(frame->snapshot->n_incidents, 20);
    cr_expect_eq(frame->snapshot->sequence, 20);
    drop(frame);
    (void)close(fd);
    fixture_restart(&fixture);
    fixture_kind(&fixture, DELTA_READY);
    fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", stream, 0);
    frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect_not(frame->welcome->resumed);
    cr_expect_neq(frame->welcome->stream, stream);
    drop(frame);
    drop(expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT));
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, a_large_snapshot_reaches_a_client_with_deltas_in_between)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    const uint64_t count = 2500; /* of 4 KB: larger than the client backlog */
    for (uint64_t i = 1; i <= count; i++) {
        fixture_incident(&fixture, i, 4000, true);
    }
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", 0, 0);
    drop(expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
    size_t seen = 0;
    uint64_t sequence = 0;
    uint64_t pushed = 0;
    for (bool last = false; !last;) {
        Larwm__Console__ServerFrame *frame = fixture_receive(fd);
        cr_assert_not_null(frame);
        if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA) {
            sequence += 1;
            cr_assert_eq(frame->delta->sequence, sequence);
        } else {
            cr_assert_eq(frame->body_case, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
            cr_expect_eq(frame->snapshot->sequence, 0);
            seen += frame->snapshot->n_incidents;
            last = frame->snapshot->last;
            fixture_incident(&fixture, 1, 10, true);
            pushed += 1;
        }
        drop(frame);
    }
    cr_expect_eq(seen, count);
    expect_deltas(fd, sequence + 1, pushed);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, ticks_go_out_when_the_desk_sends_them_and_not_otherwise)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int fd = fixture_connect(&fixture);
    (void)expect_start(fd, "carys");
    Larwm__Console__ClientFrame ping = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    Larwm__Console__Ping body = LARWM__CONSOLE__PING__INIT;
    body.client_time_us = 42;
    ping.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_PING;
    ping.ping = &body;
    fixture_write_frame(fd, &ping);
    Larwm__Console__ServerFrame *frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_PONG);
    cr_expect_eq(frame->pong->client_time_us, 42);
    drop(frame);
    fixture_incident(&fixture, 1, 10, true);
    fixture_tick(&fixture, 99);
    expect_deltas(fd, 1, 1);
    frame = expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_TICK);
    cr_expect_eq(frame->tick->server_time_us, 99);
    cr_expect_eq(frame->tick->sequence, 1);
    drop(frame);
    (void)close(fd);
    fixture_stop(&fixture);
}

static void
hello_as(int fd, const char *user, Larwm__Role role, bool on_duty)
{
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    hello.version = 1;
    hello.user = (char *)(uintptr_t)user;
    hello.role = role;
    hello.on_duty = on_duty;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO;
    frame.hello = &hello;
    fixture_write_frame(fd, &frame);
    drop(expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
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
Test(outlet, coming_and_going_of_operators_and_gateways_is_journaled)
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
    return expect(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL);
}

Test(outlet, a_web_gateway_is_told_the_credential_of_a_user)
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
    drop(frame);
    frame = query_credential(fd, 12, "nobody");
    cr_expect_not(frame->credential->found);
    cr_expect_eq(frame->credential->ref, 12);
    drop(frame);
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, a_second_daemon_does_not_take_the_socket_and_a_stale_one_is_replaced)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    struct outlet_options options = {
        .socket_path = fixture.socket, .socket_group = (gid_t)-1, .inherited_fd = -1, .node = 1};
    struct outlet *second;
    cr_assert_eq(outlet_create(&options, &second), ERROR_NONE);
    cr_expect_eq(outlet_start(second), ERROR_EXISTS);
    outlet_free(second);
    int fd = fixture_connect(&fixture);
    hello_as(fd, "carys", LARWM__ROLE__ROLE_OPERATOR, false);
    (void)close(fd);
    char kept[128];
    (void)snprintf(kept, sizeof kept, "%s/kept", fixture.directory);
    cr_assert_eq(link(fixture.socket, kept), 0); /* what kill -9 would leave behind */
    outlet_stop(fixture.outlet);
    cr_assert_eq(rename(kept, fixture.socket), 0);
    cr_assert_eq(outlet_create(&options, &second), ERROR_NONE);
    cr_expect_eq(outlet_start(second), ERROR_NONE);
    outlet_stop(second);
    outlet_free(second);
    fixture_stop(&fixture);
}

Test(outlet, a_peer_without_permission_is_closed_at_once)
{
    if (geteuid() != 0) {
        cr_skip_test("only root can connect as somebody else");
    }
    struct outlet_options options = {.peers = {{.id = 65533, .roles = 1u << ROLE_POLICE_GATEWAY}},
                                     .peer_count = 1};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    cr_assert_eq(chown(fixture.directory, 65534, (gid_t)-1), 0);
    cr_assert_eq(seteuid(65534), 0);
    int stranger = fixture_connect(&fixture);
    cr_assert_eq(seteuid(0), 0);
    cr_expect_null(fixture_receive(stranger));
    (void)close(stranger);
    cr_assert_eq(chown(fixture.directory, 65533, (gid_t)-1), 0);
    cr_assert_eq(seteuid(65533), 0);
    int police = fixture_connect(&fixture);
    int pretender = fixture_connect(&fixture);
    cr_assert_eq(seteuid(0), 0);
    hello_as(police, "larwm-police", LARWM__ROLE__ROLE_POLICE_GATEWAY, false);
    fixture_hello(pretender, "carys", 0, 0);
    expect_refusal(pretender, 0, "NOT_ALLOWED");
    cr_expect_null(fixture_receive(pretender));
    (void)close(police);
    (void)close(pretender);
    fixture_stop(&fixture);
}

Test(outlet, one_client_too_many_is_turned_away_and_a_place_comes_back)
{
    struct outlet_options options = {.clients = 2};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    int one = fixture_connect(&fixture);
    int two = fixture_connect(&fixture);
    fixture_wait_clients(&fixture, 2);
    int three = fixture_connect(&fixture);
    cr_expect_null(fixture_receive(three));
    (void)close(one);
    fixture_wait_clients(&fixture, 1);
    int four = fixture_connect(&fixture);
    hello_as(four, "carys", LARWM__ROLE__ROLE_OPERATOR, false);
    (void)close(two);
    (void)close(three);
    (void)close(four);
    fixture_stop(&fixture);
}

Test(outlet, a_connection_that_says_nothing_is_closed)
{
    struct outlet_options options = {.hello_ms = 1};
    struct fixture fixture;
    fixture_start(&fixture, &options);
    int fd = fixture_connect(&fixture);
    cr_expect_null(fixture_receive(fd));
    (void)close(fd);
    fixture_stop(&fixture);
}

Test(outlet, a_flood_reaches_every_client_in_order)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    int clients[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = fixture_connect(&fixture);
        (void)expect_start(clients[i], "carys");
    }
    uint64_t sent = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 500; i++) {
            sent += 1;
            fixture_incident(&fixture, sent % 100 + 1, 300, sent % 7 != 0);
        }
        for (int i = 0; i < 4; i++) {
            expect_deltas(clients[i], sent - 499, sent);
        }
    }
    for (int i = 0; i < 4; i++) {
        (void)close(clients[i]);
    }
    fixture_stop(&fixture);
}
