/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(console_client, snapshot_deltas_and_ticks_come_in_order)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->ends, 1);
    cr_expect(seen->ups == 1 && seen->begins == 1 && seen->incidents == 2);
    cr_expect(seen->open[1] && seen->open[2]);
    fixture_incident(&fixture, 2, 10, false);
    fixture_incident(&fixture, 3, 10, true);
    fixture_tick(&fixture, 1);
    run_until(seen, &seen->ticks, 1);
    cr_expect(seen->open[1] && !seen->open[2] && seen->open[3]);
    cr_expect_eq(console_client_sequence(seen->client), 2);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, an_action_is_sent_and_its_result_comes_back_with_the_ref)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    cr_expect_eq(console_client_send_action(seen->client, 77, &action), ERROR_CLOSED,
                 "not before it is up");
    run_until(seen, &seen->ends, 1);
    cr_assert_eq(console_client_send_action(seen->client, 77, &action), ERROR_NONE);
    (void)uv_run(&seen->loop, UV_RUN_NOWAIT);
    struct flow_entry *entry = fixture_entry(&fixture, true);
    uint64_t handle = entry->handle;
    fixture_ticket(&fixture, entry, ERROR_NONE);
    fixture_result(&fixture, handle, 77, true);
    run_until(seen, &seen->results, 1);
    cr_expect_eq(seen->result_ref, 77);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_restarted_daemon_is_found_again_and_gives_a_new_snapshot)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->ends, 1);
    fixture_restart(&fixture);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    run_until(seen, &seen->ends, 2);
    cr_expect_eq(seen->resumed, 0);
    cr_expect(!seen->open[1] && seen->open[2]);
    cr_expect_geq(seen->downs, 1);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_daemon_that_is_not_there_yet_is_tried_again)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    (void)snprintf(fixture.socket, sizeof fixture.socket, "%s/later", fixture.directory);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->downs, 2);
    cr_expect_eq(seen->down_error, ERROR_NOT_FOUND);
    cr_expect_eq(seen->ups, 0);
    fixture_restart(&fixture);
    fixture_kind(&fixture, DELTA_READY);
    run_until(seen, &seen->ups, 1);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_relay_gets_raw_frames_and_may_resume_for_somebody_else)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, true, true, 0, 0);
    run_until(seen, &seen->frames, 2); /* Welcome, Snapshot */
    uint64_t stream = console_client_stream(seen->client);
    end_client(seen);
    for (uint64_t id = 1; id <= 5; id++) {
        fixture_incident(&fixture, id, 10, true);
    }
    seen = open_client(&fixture, true, true, stream, 2);
    run_until(seen, &seen->frames, 4); /* Welcome, deltas 3 to 5 */
    cr_expect_eq(seen->resumed, 1);
    cr_expect_eq(console_client_sequence(seen->client), 5);
    end_client(seen);
    fixture_stop(&fixture);
}

static void
close_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct seen *seen = data;
    (void)incident;
    seen->incidents += 1;
    console_client_close(seen->client, seen_on_closed, seen);
    seen->client = NULL;
}

Test(console_client, closing_inside_a_callback_ends_every_callback)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = calloc(1, sizeof *seen);
    cr_assert_eq(uv_loop_init(&seen->loop), 0);
    cr_assert_eq(uv_timer_init(&seen->loop, &seen->limit), 0);
    struct console_client_options options = {.socket_path = fixture.socket,
                                             .user = "carys",
                                             .role = LARWM__ROLE__ROLE_OPERATOR,
                                             .name = "test",
                                             .watch = true,
                                             .data = seen,
                                             .callbacks = {.on_incident = close_on_incident,
                                                           .on_snapshot_end = seen_on_end,
                                                           .on_down = seen_on_down}};
    cr_assert_eq(console_client_open(&seen->loop, &options, &seen->client), ERROR_NONE);
    while (!seen->closed) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    cr_expect(seen->incidents == 1 && seen->ends == 0 && seen->downs == 0);
    end_client(seen);
    fixture_stop(&fixture);
}
