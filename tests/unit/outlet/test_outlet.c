/* SPDX-License-Identifier: Apache-2.0 */
#include "expect.h"

#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(outlet, a_client_gets_its_snapshot_only_when_the_desk_is_ready)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    int fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", 0, 0);
    drop_frame(expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
    fixture_incident(&fixture, 7, 10, true);
    send_next(fd, 5);
    expect_refusal(fd, 5, "BUSY"); /* and no snapshot before it */
    fixture_kind(&fixture, DELTA_READY);
    Larwm__Console__ServerFrame *frame =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
    cr_assert_eq(frame->snapshot->n_incidents, 1);
    cr_expect_eq(frame->snapshot->incidents[0]->id, 7);
    cr_expect(frame->snapshot->last);
    drop_frame(frame);
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
        drop_frame(frame);
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
    Larwm__Console__ServerFrame *frame =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect(frame->welcome->resumed);
    cr_expect_eq(frame->welcome->stream, stream);
    drop_frame(frame);
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
    Larwm__Console__ServerFrame *frame =
        expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect_not(frame->welcome->resumed);
    drop_frame(frame);
    frame = expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
    cr_expect_eq(frame->snapshot->n_incidents, 20);
    cr_expect_eq(frame->snapshot->sequence, 20);
    drop_frame(frame);
    (void)close(fd);
    fixture_restart(&fixture);
    fixture_kind(&fixture, DELTA_READY);
    fd = fixture_connect(&fixture);
    fixture_hello(fd, "carys", stream, 0);
    frame = expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME);
    cr_expect_not(frame->welcome->resumed);
    cr_expect_neq(frame->welcome->stream, stream);
    drop_frame(frame);
    drop_frame(expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT));
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
    drop_frame(expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME));
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
        drop_frame(frame);
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
    Larwm__Console__ServerFrame *frame = expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_PONG);
    cr_expect_eq(frame->pong->client_time_us, 42);
    drop_frame(frame);
    fixture_incident(&fixture, 1, 10, true);
    fixture_tick(&fixture, 99);
    expect_deltas(fd, 1, 1);
    frame = expect_frame(fd, LARWM__CONSOLE__SERVER_FRAME__BODY_TICK);
    cr_expect_eq(frame->tick->server_time_us, 99);
    cr_expect_eq(frame->tick->sequence, 1);
    drop_frame(frame);
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
