/* SPDX-License-Identifier: Apache-2.0 */
#include "client/console_call.h"
#include "fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

static void
count_incident(void *data, const Larwm__Console__Incident *incident)
{
    (void)incident;
    *(unsigned *)data += 1;
}

Test(console_call, a_snapshot_of_many_frames_is_read_whole)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    for (uint64_t id = 1; id <= 200; id++) {
        fixture_incident(&fixture, id, 4000, true);
    }
    fixture_kind(&fixture, DELTA_READY);
    struct console_call *call = fixture_call(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, true);
    unsigned count = 0;
    cr_assert_eq(console_call_snapshot(call, FIXTURE_LIMIT_MS, count_incident, NULL, &count),
                 ERROR_NONE);
    cr_expect_eq(count, 200);
    console_call_close(call);
    fixture_stop(&fixture);
}

/* Plays journal and desk for one action. */
static void *
answer_one(void *data)
{
    struct fixture *fixture = data;
    struct flow_entry *entry = fixture_entry(fixture, true);
    uint64_t handle = entry->handle;
    uint64_t ref = entry->ref;
    fixture_ticket(fixture, entry, ERROR_NONE);
    fixture_incident(fixture, 1, 10, true);
    fixture_result(fixture, handle, ref, true);
    return NULL;
}

Test(console_call, an_action_waits_for_its_own_result)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct console_call *call = fixture_call(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, true);
    cr_expect_str_eq(console_call_welcome(call)->user, "carys");
    pthread_t desk;
    cr_assert_eq(pthread_create(&desk, NULL, answer_one, &fixture), 0);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    Larwm__Console__ServerFrame *frame = NULL;
    cr_assert_eq(console_call_action(call, &action, FIXTURE_LIMIT_MS, &frame), ERROR_NONE);
    cr_expect(frame->result->ok);
    larwm__console__server_frame__free_unpacked(frame, NULL);
    (void)pthread_join(desk, NULL);
    console_call_close(call);
    fixture_stop(&fixture);
}

Test(console_call, a_desk_that_does_not_answer_is_a_timeout)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct console_call *call = fixture_call(&fixture, "carys", LARWM__ROLE__ROLE_OPERATOR, false);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    Larwm__Console__ServerFrame *frame = NULL;
    cr_expect_eq(console_call_action(call, &action, 20, &frame), ERROR_TIMEOUT);
    console_call_close(call);
    fixture_stop(&fixture);
}

Test(console_call, no_socket_and_a_refused_session_are_told_apart)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    char nowhere[120];
    (void)snprintf(nowhere, sizeof nowhere, "%s.not", fixture.socket);
    struct console_call_options options = {.socket_path = nowhere,
                                           .user = "carys",
                                           .role = LARWM__ROLE__ROLE_OPERATOR,
                                           .name = "test",
                                           .limit_ms = FIXTURE_LIMIT_MS};
    struct console_call *call = NULL;
    cr_expect_eq(console_call_open(&options, &call), ERROR_NOT_FOUND);
    options.socket_path = fixture.socket;
    options.user = "";
    cr_expect_eq(console_call_open(&options, &call), ERROR_DENIED);
    fixture_stop(&fixture);
}
