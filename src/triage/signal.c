/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal arrives: is it a copy of one we have; may it open an incident; is its zone chattering.
 * What may open one waits for case and marker (or, when too many wait, opens its incident at once:
 * a press is never held back by administration, rule R0).
 */
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

static uint32_t
signal_kind_of(const Larwm__Journal__Signal *signal)
{
    int kind = (int)signal->kind;
    return kind >= 0 && kind <= SIGNAL_CREDENTIAL_FAULT ? (uint32_t)kind : SIGNAL_UNKNOWN;
}

static void
signal_copy_position(const Larwm__Position *from, int64_t received_us, struct incident_position *to)
{
    if (from == NULL || from->source <= 0 || from->source > (int)POSITION_FIXED) {
        return;
    }
    to->source = (uint8_t)from->source;
    to->latitude = from->latitude;
    to->longitude = from->longitude;
    to->accuracy_m = from->accuracy_m;
    to->fix_us = from->fix_time_us;
    to->received_us = received_us;
}

static uint32_t
signal_badges(const struct triage *triage, const Larwm__Journal__Signal *signal, int64_t time_us)
{
    uint32_t badges = 0;
    bool nobody = signal->unit == NULL || signal->unit[0] == '\0';
    bool delayed = signal->device_time_us > 0 && !signal->clock_suspect &&
                   time_us - signal->device_time_us > triage->policy.delayed_us;
    badges |= nobody ? UINT32_C(1) << BADGE_UNREGISTERED : 0;
    badges |= delayed ? UINT32_C(1) << BADGE_DELAYED : 0;
    badges |= signal->clock_suspect ? UINT32_C(1) << BADGE_CLOCK_SUSPECT : 0;
    badges |= signal->credential_expired ? UINT32_C(1) << BADGE_CREDENTIAL_EXPIRED : 0;
    badges |= signal_kind_of(signal) == SIGNAL_UNREADABLE ? UINT32_C(1) << BADGE_UNREADABLE : 0;
    return badges;
}

/* `to` is zeroed. */
static void
signal_fill(const struct triage *triage, const struct triage_event *event, uint64_t unit_key,
            struct arrival *to)
{
    const Larwm__Journal__Signal *signal = event->signal;
    struct incident_signal *view = &to->view;
    view->pos = event->pos;
    view->kind = (uint8_t)signal_kind_of(signal);
    view->restore = signal->restore;
    view->path =
        (uint8_t)(signal->path == (int)PATH_MAIN || signal->path == (int)PATH_BACKUP ? signal->path
                                                                                     : PATH_NONE);
    view->received_us = signal->received_us;
    view->device_time_us = signal->device_time_us;
    view->sequence = signal->sequence;
    view->battery_percent = (uint8_t)(signal->battery_percent <= 100 ? signal->battery_percent : 0);
    text_copy(view->unit, sizeof(view->unit), signal->unit);
    text_copy(view->zone, sizeof(view->zone), signal->zone);
    text_copy(view->code, sizeof(view->code), signal->code);
    text_copy(view->text, sizeof(view->text), signal->text);
    signal_copy_position(signal->position, event->time_us, &to->position);
    to->unit_key = unit_key;
    to->time_us = event->time_us;
    to->signal_badges = signal_badges(triage, signal, event->time_us);
    to->silent = signal->silent || view->kind == SIGNAL_DURESS || view->kind == SIGNAL_HOLDUP;
    to->hint = (uint8_t)(signal->class_hint <= (int)PRIORITY_P5 ? signal->class_hint : 0);
}

/* The open incident a cancel, restore or position of this unit is about, or NULL. */
static struct triage_incident *
signal_incident(struct triage *triage, const struct unit *unit, bool technical)
{
    uint64_t ids[2] = {technical ? unit->technical : unit->incident,
                       technical ? 0 : unit->test_incident};
    for (unsigned i = 0; i < 2; i++) {
        struct triage_incident *incident = lifecycle_find(triage, ids[i]);
        if (incident != NULL && incident->state != INCIDENT_CLOSED) {
            return incident;
        }
    }
    return NULL;
}

/* CANCEL, and the restore of an alarm: a line in the history, a badge, and nothing else. */
static void
signal_cancel(struct triage *triage, struct unit *unit, const struct arrival *arrival,
              struct triage_out *out)
{
    const struct priority_rule *rule = priority_rule(arrival->view.kind);
    bool badge = arrival->view.kind == SIGNAL_CANCEL || rule->attack;
    bool technical = arrival->view.kind != SIGNAL_CANCEL && rule->base >= PRIORITY_P3;
    struct triage_incident *incident =
        unit == NULL ? NULL : signal_incident(triage, unit, technical);
    struct arrival *waiting = unit == NULL ? NULL : waiting_find(triage, unit->pending_pos);
    if (incident != NULL) {
        resolved_take_cancel(triage, incident, arrival, badge, out);
        repeat_note_incident(unit, arrival->view.pos, incident->id, false);
    } else if (waiting != NULL && badge) {
        waiting->cancelled = true;
    }
}

static void
signal_position(struct triage *triage, const struct unit *unit, const struct arrival *arrival,
                struct triage_out *out)
{
    if (unit == NULL || arrival->position.source == POSITION_NONE) {
        return;
    }
    struct triage_incident *incident = signal_incident(triage, unit, false);
    struct arrival *waiting = waiting_find(triage, unit->pending_pos);
    if (waiting != NULL) {
        memcpy(&waiting->position, &arrival->position, sizeof(waiting->position));
    }
    if (incident != NULL) {
        resolved_take_position(triage, incident, &arrival->position, out);
    }
}

/* Puts the arrival among the waiting, or opens its incident without a case when there is no room.
 */
void
signal_wait(struct triage *triage, struct unit *unit, const struct arrival *arrival,
            struct triage_out *out)
{
    out->resolve = true;
    out->resolve_pos = arrival->view.pos;
    repeat_note_incident(unit, arrival->view.pos, 0, true);
    struct arrival *waiting = waiting_add(triage, arrival->view.pos);
    if (waiting == NULL) {
        out->resolve = resolved_place(triage, arrival, NULL, arrival->view.pos, out) != NULL;
        for (uint32_t i = 0; i < out->changes_count; i++) {
            bool placed = out->changes[i].kind == TRIAGE_CHANGE_OPENED ||
                          out->changes[i].kind == TRIAGE_CHANGE_SIGNAL;
            out->resolve_incident = placed ? out->changes[i].incident : out->resolve_incident;
        }
        return;
    }
    memcpy(waiting, arrival, sizeof(*waiting));
    if (unit != NULL && !arrival->loss) {
        unit->pending_pos = arrival->view.pos;
    }
}

static void
signal_new(struct triage *triage, struct unit *unit, struct arrival *arrival,
           struct triage_out *out)
{
    const struct priority_rule *rule = priority_rule(arrival->view.kind);
    if (arrival->view.kind == SIGNAL_CANCEL) {
        signal_cancel(triage, unit, arrival, out);
        return;
    }
    if (arrival->view.kind == SIGNAL_POSITION) {
        signal_position(triage, unit, arrival, out);
        return;
    }
    if (!rule->opens) {
        return; /* recorded, and that is all */
    }
    if (flapping_count(triage, arrival->unit_key, arrival->view.zone, arrival->view.kind, out,
                       &arrival->zone_key)) {
        const struct zone *zone = flapping_find(triage, arrival->zone_key);
        repeat_note_incident(unit, arrival->view.pos, zone == NULL ? 0 : zone->incident, true);
        return;
    }
    arrival->flapping = arrival->zone_key != 0;
    if (arrival->view.restore && !arrival->flapping) {
        signal_cancel(triage, unit, arrival, out);
        return;
    }
    arrival->test = !arrival->flapping && rule->tests && unit != NULL &&
                    arrival->time_us < unit->test_until_us; /* REQ A23 */
    if (!again_take(triage, unit, arrival, out) && !again_follow(triage, unit, arrival, out)) {
        signal_wait(triage, unit, arrival, out);
    }
}

void
signal_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    uint8_t identity[UNIT_IDENTITY];
    uint64_t key = unit_identify(event->signal, identity);
    struct unit *unit = unit_get(triage, key, identity);
    if (repeat_take(triage, unit, event, out)) {
        return;
    }
    struct arrival arrival;
    memset(&arrival, 0, sizeof(arrival)); /* padding too: the state is hashed */
    signal_fill(triage, event, key, &arrival);
    signal_new(triage, unit, &arrival, out);
}
