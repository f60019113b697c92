/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits that passed. Nothing is decided here: each becomes a record, and the cores decide when it
 * comes back durable. A record that could not be appended is posted again, because what it says is
 * still true. Silent units: silent.c.
 */
#include "desk/internal.h"

#include <string.h>

#define WATCH_MS_MAX 1000u /* look at least this often */
#define AUDIT_SLACK_US (5 * US_PER_S)
#define BEHIND_MS 2u /* the outlet has not taken everything: try again so soon */
#define WAITING_TOO_LONG_US (5 * US_PER_S)

int64_t
desk_now_us(const struct desk *desk)
{
    return clock_wall_us() + desk->ahead_us;
}

static void
desk_post_timer(struct desk *desk, uint64_t incident, uint32_t kind, int64_t due_us)
{
    Larwm__Journal__Timer timer = LARWM__JOURNAL__TIMER__INIT;
    timer.incident = incident;
    timer.kind = (Larwm__Journal__TimerKind)kind;
    timer.due_us = due_us;
    (void)desk_post(desk, RECORD_TIMER, &timer.base);
}

static void
desk_watch_limits(struct desk *desk)
{
    int64_t now_us = desk_now_us(desk);
    struct triage_timer triage_timer;
    struct escalation_timer escalation_timer;
    while (triage_take_due(desk->triage, now_us, &triage_timer)) {
        desk_post_timer(desk, triage_timer.incident, triage_timer.kind, triage_timer.due_us);
    }
    while (escalation_take_due(desk->escalation, now_us, &escalation_timer)) {
        desk_post_timer(desk, escalation_timer.incident, escalation_timer.kind,
                        escalation_timer.due_us);
    }
}

/* A signal that waits too long for its incident is asked for again, whatever went wrong. */
static bool
desk_watch_waiting(struct desk *desk)
{
    struct triage_waiting waiting;
    bool late = triage_pending(desk->triage, 0, &waiting) &&
                desk_now_us(desk) - waiting.time_us > WAITING_TOO_LONG_US;
    desk->pending_wanted = desk->pending_wanted || late;
    return late;
}

/* The auditor, which nothing switches off: an open incident whose limit passed without anything
 * happening means this program is at fault, and says so on every console. So does a signal that
 * has no incident. */
void
desk_watch_audit(struct desk *desk)
{
    uint64_t stuck = escalation_audit(desk->escalation, desk_now_us(desk), AUDIT_SLACK_US);
    bool late = desk_watch_waiting(desk);
    if (triage_open_count(desk->triage) < desk->options.incidents_max && !late) {
        desk_condition_set(desk, DESK_CONDITION_OVERLOAD, false, "");
    }
    if (stuck == 0 && late) {
        desk_condition_set(desk, DESK_CONDITION_AUDIT, true,
                           "a signal waits for its incident: it is shown as it came");
        return;
    }
    char reference[32];
    char detail[96];
    if (stuck == 0) {
        desk_condition_set(desk, DESK_CONDITION_AUDIT, false, "");
        return;
    }
    desk_reference(stuck, reference);
    (void)snprintf(detail, sizeof detail, "incident %s has passed its limit and nothing moved it",
                   reference);
    desk_condition_set(desk, DESK_CONDITION_AUDIT, true, detail);
}

void
desk_watch_arm(struct desk *desk)
{
    int64_t now_us = desk_now_us(desk);
    int64_t due_us = triage_next_due_us(desk->triage);
    int64_t escalation_us = escalation_next_due_us(desk->escalation);
    uint64_t silent_ms = supervision_next_ms(desk->supervision);
    uint64_t now_ms = clock_mono_ms();
    uint64_t wait_ms = WATCH_MS_MAX;
    due_us = escalation_us < due_us ? escalation_us : due_us;
    if (due_us <= now_us) {
        wait_ms = 1;
    } else if ((due_us - now_us) / US_PER_MS < (int64_t)wait_ms) {
        wait_ms = (uint64_t)((due_us - now_us) / US_PER_MS) + 1;
    }
    if (silent_ms <= now_ms) {
        wait_ms = 1;
    } else if (silent_ms - now_ms < wait_ms) {
        wait_ms = silent_ms - now_ms;
    }
    if (desk->behind && wait_ms > BEHIND_MS) {
        wait_ms = BEHIND_MS;
    }
    (void)uv_timer_start(&desk->watch, desk_on_watch, wait_ms, 0);
}

void
desk_on_watch(uv_timer_t *timer)
{
    struct desk *desk = checked_cast(timer->data, struct desk, DESK_MAGIC);
    if (desk->closing) {
        return;
    }
    desk_watch_limits(desk);
    desk_silent_look(desk);
    desk_watch_arm(desk);
}
