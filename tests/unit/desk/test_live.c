/* SPDX-License-Identifier: Apache-2.0 */
/* A running desk, PostgreSQL away: what it shows, what it answers, and what it does when the
 * journal fails or the outlet takes nothing. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(live, .timeout = 120);

static bool
is_open(struct rig *rig, uint64_t incident)
{
    const struct rig_seen *seen = rig_see(rig, incident);
    return seen != NULL && seen->open;
}

static bool
is_resolved(struct rig *rig, uint64_t incident)
{
    return is_open(rig, incident) && rig_see(rig, incident)->view->card != NULL;
}

static bool
has_gone(struct rig *rig, uint64_t incidents)
{
    unsigned gone = 0;
    for (unsigned i = 0; i < rig->seen_count; i++) {
        gone += rig->seen[i].open ? 0 : 1;
    }
    return gone == incidents;
}

static bool
is_ready(struct rig *rig, uint64_t what)
{
    (void)what;
    return rig->ready;
}

static bool
has_seen(struct rig *rig, uint64_t incidents)
{
    return rig->seen_count >= incidents;
}

static bool
is_answered(struct rig *rig, uint64_t ref)
{
    return rig->results[ref] > 0;
}

static bool
has_ticked(struct rig *rig, uint64_t times)
{
    return rig->ticks >= times;
}

static bool
has_booted(struct rig *rig, uint64_t times)
{
    return atomic_load(&rig->booted) == times;
}

static void
send_press(struct rig *rig, const char *unit, enum signal_kind kind, uint64_t sequence)
{
    Larwm__Journal__Signal signal;
    rig_signal(&signal, unit, kind, sequence);
    signal.received_us = clock_wall_us();
    rig_send(rig, RECORD_SIGNAL, &signal.base, 0);
}

static void
send_act(struct rig *rig, Larwm__Journal__ActionKind kind, Larwm__Role role, uint64_t incident,
         const char *target, uint64_t ref)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "user-a";
    action.role = role;
    action.kind = kind;
    action.incident = incident;
    action.text = "a reason";
    action.target = (char *)(uintptr_t)target;
    rig_send(rig, RECORD_ACTION, &action.base, ref);
}

#define ACT(name) LARWM__JOURNAL__ACTION_KIND__ACTION_##name
#define OPERATOR LARWM__ROLE__ROLE_OPERATOR
#define SUPERVISOR LARWM__ROLE__ROLE_SUPERVISOR

/* REQ R0 TEST, REQ A24 TEST */
Test(live, a_press_is_shown_within_the_deadline_though_postgresql_is_away)
{
    struct rig *rig = rig_new(0);
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    uint64_t began_ms = clock_mono_ms();
    send_press(rig, "U-1", SIGNAL_PANIC, 1);
    cr_assert(rig_until(rig, has_seen, 1));
    uint64_t id = rig->seen[0].incident;
    cr_assert(rig_until(rig, is_resolved, id));
    cr_assert_lt(clock_mono_ms() - began_ms, 2000);
    cr_assert_eq((int)rig_see(rig, id)->view->priority, PRIORITY_P1);
    cr_assert_neq(rig_see(rig, id)->view->card->status, LARWM__RESOLVE_STATUS__RESOLVE_CHECKED);
    rig_free(rig);
}

/* REQ R0 TEST */
Test(live, a_signal_that_waited_at_the_crash_is_asked_again_and_shown)
{
    struct rig *rig = rig_new(0);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    uint64_t other = rig_replay_press(rig, "U-2", SIGNAL_FIRE, 1);
    uint64_t began_ms = clock_mono_ms();
    rig_start(rig);
    cr_assert(rig_until(rig, is_resolved, rig_id(pos)));
    cr_assert(rig_until(rig, is_resolved, rig_id(other)));
    cr_assert_lt(clock_mono_ms() - began_ms, 2000);
    cr_assert_eq(atomic_load(&rig->booted), 1);
    rig_free(rig);
}

Test(live, what_was_open_is_shown_before_clients_are_let_in)
{
    struct rig *rig = rig_new(0);
    uint64_t pos[50];
    for (unsigned i = 0; i < 50; i++) {
        char unit[16];
        (void)snprintf(unit, sizeof unit, "U-%u", i);
        pos[i] = rig_replay_press(rig, unit, SIGNAL_PANIC, 1);
        rig_replay_resolved(rig, pos[i], i + 1);
    }
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    for (unsigned i = 0; i < 50; i++) {
        cr_assert(is_resolved(rig, rig_id(pos[i])));
    }
    rig_free(rig);
}

/* REQ R0 TEST: a durable signal is seen though its answer cannot be made durable. */
Test(live, a_durable_press_is_shown_while_the_journal_fails_and_opens_when_it_works_again)
{
    struct rig *rig = rig_new(0);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    atomic_store(&rig->failing, true);
    rig_start(rig);
    cr_assert(rig_until(rig, is_open, rig_id(pos)));
    cr_assert(rig_until(rig, is_ready, 0), "what is known is shown on a full disk, too");
    const struct rig_seen *seen = rig_see(rig, rig_id(pos));
    cr_assert_eq((int)seen->view->priority, PRIORITY_P1);
    cr_assert_null(seen->view->card);
    cr_assert_str_eq(seen->view->signals[0]->unit, "U-1");
    cr_assert_eq(atomic_load(&rig->booted), 0);
    atomic_store(&rig->failing, false);
    cr_assert(rig_until(rig, is_resolved, rig_id(pos)));
    cr_assert(rig_until(rig, has_booted, 1), "the record of the start is made up for");
    rig_free(rig);
}

static bool
has_failed(struct rig *rig, uint64_t times)
{
    return atomic_load(&rig->failed) >= times;
}

Test(live, who_came_while_the_journal_failed_is_present_after_the_start_is_recorded)
{
    struct rig *rig = rig_new(0);
    Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
    presence.user = "user-a";
    presence.role = OPERATOR;
    presence.present = true;
    rig_replay(rig, RECORD_PRESENCE, &presence.base); /* of the last run */
    presence.user = "user-b";
    rig_replay(rig, RECORD_PRESENCE, &presence.base);
    atomic_store(&rig->failing, true);
    rig_start(rig);
    cr_assert(rig_until(rig, has_failed, 1));
    rig_send(rig, RECORD_PRESENCE, &presence.base, 0);
    cr_assert(rig_until(rig, rig_is_applied, 0));
    atomic_store(&rig->failing, false);
    cr_assert(rig_until(rig, has_booted, 1));
    cr_assert(rig_until(rig, has_ticked, rig->ticks + 4));
    cr_assert_eq(rig->status->operators_on_duty, 1, "user-b, who came; not user-a, who did not");
    rig_free(rig);
}

Test(live, each_act_is_answered_exactly_once)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0x07};
    struct rig *rig = rig_new(0);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    uint64_t id = rig_id(pos);
    Larwm__Journal__Police police = LARWM__JOURNAL__POLICE__INIT;
    police.incident = rig_id(99999);
    police.event = LARWM__JOURNAL__POLICE_EVENT__POLICE_SENT;
    send_act(rig, ACT(CLAIM), OPERATOR, id, "", 1);
    send_act(rig, ACT(NEXT), OPERATOR, 0, "", 2); /* nothing waits */
    send_act(rig, ACT(NOTE), OPERATOR, rig_id(777), "", 3);
    send_act(rig, ACT(VIEW), OPERATOR, id, "", 4);
    send_act(rig, ACT(ESCALATE), OPERATOR, id, "", 5);
    send_act(rig, ACT(ESCALATE), OPERATOR, id, "", 6);           /* once only */
    send_act(rig, ACT(ATTACH), OPERATOR, id, "GW-2026-0002", 7); /* PostgreSQL is away */
    send_act(rig, ACT(REVEAL), SUPERVISOR, id, "", 8);
    send_act(rig, ACT(REVEAL), OPERATOR, id, "", 9); /* not with this role */
    rig_send_bytes(rig, RECORD_ACTION, garbage, sizeof garbage, 10);
    rig_send_bytes(rig, RECORD_POLICE, garbage, sizeof garbage, 11);
    rig_send(rig, RECORD_POLICE, &police.base, 12);
    police.incident = id;
    rig_send(rig, RECORD_POLICE, &police.base, 13);
    send_act(rig, ACT(CLOSE), OPERATOR, id, "", 14); /* without an outcome */
    for (uint64_t ref = 1; ref <= 14; ref++) {
        cr_assert(rig_until(rig, is_answered, ref), "%u is answered", (unsigned)ref);
    }
    cr_assert(rig_until(rig, has_ticked, rig->ticks + 2));
    for (uint64_t ref = 1; ref <= 14; ref++) {
        cr_assert_eq(rig->results[ref], 1, "%u is answered once", (unsigned)ref);
    }
    rig_free(rig);
}

Test(live, an_answer_comes_after_the_incident_it_is_about)
{
    struct rig *rig = rig_new(0);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    atomic_store(&rig->holding, true);
    send_act(rig, ACT(NEXT), OPERATOR, 0, "", 1);
    cr_assert(rig_until(rig, rig_is_applied, 0));
    atomic_store(&rig->holding, false);
    struct flow_delta *delta;
    bool claimed = false;
    while (rig->results[1] == 0) {
        if (!ring_pop(&rig->deltas, &delta)) {
            continue;
        }
        if (delta->kind == DELTA_RESULT) {
            cr_assert(claimed, "the screen shows the claim before its owner is told");
            rig->results[1] = 1;
        } else if (delta->kind == DELTA_INCIDENT) {
            Larwm__Console__Incident *view =
                larwm__console__incident__unpack(NULL, delta->size, delta->body);
            claimed = view->state == LARWM__INCIDENT_STATE__INCIDENT_CLAIMED;
            larwm__console__incident__free_unpacked(view, NULL);
        }
        pool_return(delta->home, delta);
    }
    rig_free(rig);
}

static bool
has_history(const Larwm__Console__Incident *view, const char *text)
{
    for (size_t i = 0; i < view->n_history; i++) {
        if (strcmp(view->history[i]->text, text) == 0) {
            return true;
        }
    }
    return false;
}

Test(live, an_outlet_that_takes_nothing_costs_only_intermediate_states)
{
    struct rig *rig = rig_new(0);
    enum
    {
        ACTS = 1500
    };
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    atomic_store(&rig->holding, true);
    for (unsigned i = 1; i <= ACTS; i++) {
        Larwm__Journal__Action note = LARWM__JOURNAL__ACTION__INIT;
        char text[32];
        (void)snprintf(text, sizeof text, "note %u", i);
        note.user = "user-a";
        note.role = OPERATOR;
        note.kind = ACT(NOTE);
        note.incident = rig_id(pos);
        note.text = text;
        rig_send(rig, RECORD_ACTION, &note.base, i);
    }
    cr_assert(rig_until(rig, rig_is_applied, 0));
    cr_assert_leq(ring_count(&rig->deltas), DESK_DELTAS);
    send_press(rig, "U-2", SIGNAL_PANIC, 1);
    cr_assert(rig_until(rig, rig_is_applied, 0));
    atomic_store(&rig->holding, false);
    for (unsigned i = 1; i <= ACTS; i++) {
        cr_assert(rig_until(rig, is_answered, i), "answer %u", i);
    }
    for (unsigned i = 1; i <= ACTS; i++) {
        cr_assert_eq(rig->results[i], 1);
    }
    cr_assert(has_history(rig_see(rig, rig_id(pos))->view, "note 1500"));
    cr_assert(rig_until(rig, has_ticked, rig->ticks + 2));
    cr_assert_eq(rig->seen_count, 2, "the press in between is there, too");
    rig_free(rig);
}

Test(live, a_directory_larger_than_the_pool_arrives_whole)
{
    struct rig *rig = rig_new(0);
    static struct resolve_user users[900];
    static char names[900][16];
    for (unsigned i = 0; i < 900; i++) {
        (void)snprintf(names[i], sizeof names[i], "user-%u", i);
        users[i] = (struct resolve_user){.user = names[i],
                                         .display_name = names[i],
                                         .password_hash = "$argon2id$invented",
                                         .role = ROLE_OPERATOR,
                                         .language = "cy"};
    }
    desk_users_take(rig->desk, users, 900);
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    cr_assert_eq(rig->credentials, 900);
    cr_assert(rig->credentials_ended);
    rig_free(rig);
}

Test(live, an_incident_given_up_for_a_graver_one_leaves_the_screens)
{
    struct rig *rig = rig_new(4);
    for (unsigned i = 0; i < 4; i++) {
        char unit[16];
        (void)snprintf(unit, sizeof unit, "U-%u", i);
        uint64_t pos = rig_replay_press(rig, unit, SIGNAL_LOW_BATTERY, 1);
        rig_replay_resolved(rig, pos, i + 1);
    }
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    send_press(rig, "U-9", SIGNAL_PANIC, 1);
    cr_assert(rig_until(rig, has_seen, 5));
    cr_assert(rig_until(rig, has_gone, 1));
    cr_assert(rig->seen[4].open);
    cr_assert_eq((int)rig->seen[4].view->priority, PRIORITY_P1);
    rig_free(rig);
}

static bool
gateway_is(struct rig *rig, uint64_t up)
{
    return rig->status != NULL && rig->status->police_gateway_up == (up != 0);
}

Test(live, one_of_two_police_gateways_may_leave)
{
    struct rig *rig = rig_new(0);
    Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
    rig_start(rig);
    cr_assert(rig_until(rig, is_ready, 0));
    presence.role = LARWM__ROLE__ROLE_POLICE_GATEWAY;
    presence.present = true;
    presence.user = "gateway-1";
    rig_send(rig, RECORD_PRESENCE, &presence.base, 0);
    presence.user = "gateway-2";
    rig_send(rig, RECORD_PRESENCE, &presence.base, 0);
    cr_assert(rig_until(rig, gateway_is, 1));
    presence.present = false;
    rig_send(rig, RECORD_PRESENCE, &presence.base, 0);
    cr_assert(rig_until(rig, rig_is_applied, 0));
    cr_assert(rig_until(rig, has_ticked, rig->ticks + 2));
    cr_assert(rig->status->police_gateway_up);
    presence.user = "gateway-1";
    rig_send(rig, RECORD_PRESENCE, &presence.base, 0);
    cr_assert(rig_until(rig, gateway_is, 0));
    rig_free(rig);
}

Test(live, the_same_status_is_not_sent_twice)
{
    struct rig *rig = rig_new(0);
    rig_start(rig);
    cr_assert(rig_until(rig, has_ticked, 12)); /* the missing police gateway has been noticed */
    unsigned statuses = rig->statuses;
    cr_assert(rig_until(rig, has_ticked, 23)); /* every five seconds it is looked at */
    cr_assert_eq(rig->statuses, statuses);
    rig_free(rig);
}
