/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit, or one path of it, is late, lost or back (REQ A28). One incident a unit, whatever path it
 * began with: the loss of the second path raises it, and it closes itself when no path is late or
 * lost any more. A loss at the same home never touches an alarm's incident, nor the other way
 * round.
 * Many of one network at once are gathered in one incident (REQ A29, mass.c), before each becomes
 * one of its own.
 */
#include "base/require.h"
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

/* Both paths of a home cut at once is how an intruder isolates it; two independent ways rarely fail
 * together by themselves. */
#define BOTH_LOST_HINT PRIORITY_P2

static uint32_t
loss_index(int path)
{
    return path == PATH_BACKUP ? 1 : 0;
}

bool
loss_is_graver(uint32_t kind, uint32_t than)
{
    static const uint8_t weight[] = {
        [SIGNAL_PATH_LATE] = 1,
        [SIGNAL_UNIT_LATE] = 2,
        [SIGNAL_PATH_LOST] = 3,
        [SIGNAL_UNIT_LOST] = 4,
    };
    return kind < ARRAY_COUNT(weight) && than < ARRAY_COUNT(weight) &&
           weight[kind] > weight[than] && weight[than] != 0;
}

static bool
loss_is_down(const struct incident_path *path)
{
    return path->state == PATH_STATE_LATE || path->state == PATH_STATE_LOST;
}

static bool
loss_any_down(const struct unit *unit)
{
    return loss_is_down(&unit->paths[0]) || loss_is_down(&unit->paths[1]);
}

uint32_t
loss_kind(const struct unit *unit)
{
    const struct incident_path *paths = unit->paths;
    bool works = paths[0].state == PATH_STATE_WORKING || paths[1].state == PATH_STATE_WORKING;
    if (paths[0].state == PATH_STATE_LOST || paths[1].state == PATH_STATE_LOST) {
        return works ? SIGNAL_PATH_LOST : SIGNAL_UNIT_LOST;
    }
    if (!loss_any_down(unit)) {
        return SIGNAL_UNKNOWN;
    }
    return works ? SIGNAL_PATH_LATE : SIGNAL_UNIT_LATE;
}

uint32_t
loss_hint(const struct unit *unit)
{
    bool both = unit->paths[0].state == PATH_STATE_LOST && unit->paths[1].state == PATH_STATE_LOST;
    return both ? BOTH_LOST_HINT : PRIORITY_NONE;
}

/* What the record says of the paths, into the unit's row. */
static void
loss_note(struct unit *unit, const Larwm__Journal__Supervision *supervision, int kind)
{
    bool lost = kind == SIGNAL_UNIT_LOST || kind == SIGNAL_PATH_LOST;
    bool late = kind == SIGNAL_UNIT_LATE || kind == SIGNAL_PATH_LATE;
    struct incident_path *path = &unit->paths[loss_index((int)supervision->path)];
    struct incident_path *other = &unit->paths[1 - loss_index((int)supervision->path)];
    path->state = lost ? PATH_STATE_LOST : late ? PATH_STATE_LATE : PATH_STATE_WORKING;
    path->last_seen_us = supervision->last_seen_us;
    path->interval_s = supervision->interval_s;
    path->observed_s = supervision->observed_s;
    if (supervision->path == LARWM__PATH__PATH_NONE) {
        memset(other, 0, sizeof(*other)); /* the unit has one path */
        return;
    }
    other->last_seen_us = supervision->other_seen_us;
    if (supervision->both) {
        other->state = PATH_STATE_LOST;
    } else if (kind == SIGNAL_PATH_LOST || kind == SIGNAL_PATH_LATE ||
               kind == SIGNAL_PATH_RESTORED) {
        other->state = other->state == PATH_STATE_NONE ? PATH_STATE_WORKING : other->state;
    } else if (kind == SIGNAL_UNIT_RESTORED) {
        other->state = PATH_STATE_NONE;
    }
}

struct triage_incident *
loss_incident(struct triage *triage, const struct unit *unit)
{
    struct triage_incident *incident = lifecycle_find(triage, unit->loss);
    return incident == NULL || incident->state == INCIDENT_CLOSED ? NULL : incident;
}

/* One path is back, the other is not: said, and nothing else. */
static void
loss_half(struct triage *triage, struct triage_incident *incident, const struct arrival *arrival,
          struct triage_out *out)
{
    history_add_signal(incident, &arrival->view);
    incident->signal_count++;
    struct history_entry entry = {.pos = arrival->view.pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(SIGNAL),
                                  .text = signal_kind_text(arrival->view.kind)};
    history_add(incident, &entry);
    triage_change(out, TRIAGE_CHANGE_SHOWN, incident->id, 0);
}

static void
loss_over(struct triage *triage, struct triage_incident *incident, uint64_t pos,
          struct triage_out *out)
{
    struct history_entry entry = {.pos = pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(CLOSED),
                                  .outcome = OUTCOME_RESTORED};
    history_add(incident, &entry);
    lifecycle_close(triage, incident, OUTCOME_RESTORED); /* REQ A28: this incident only */
    triage_change(out, TRIAGE_CHANGE_CLOSED, incident->id, 0);
}

static void
loss_fill(const struct triage_event *event, uint64_t key, struct arrival *to)
{
    const Larwm__Journal__Supervision *supervision = event->supervision;
    memset(to, 0, sizeof(*to)); /* padding too: the state is hashed */
    to->unit_key = key;
    to->time_us = event->time_us;
    to->loss = true;
    to->hint = supervision->both ? BOTH_LOST_HINT : PRIORITY_NONE;
    to->view.pos = event->pos;
    to->view.kind = (uint8_t)supervision->kind;
    to->view.path = (uint8_t)(loss_index((int)supervision->path) == 1 ? PATH_BACKUP : PATH_MAIN);
    if (supervision->path == LARWM__PATH__PATH_NONE) {
        to->view.path = PATH_NONE;
    }
    to->view.received_us = event->time_us;
    to->view.device_time_us = supervision->last_seen_us;
    text_copy(to->view.unit, sizeof(to->view.unit), supervision->unit);
    text_copy(to->view.text, sizeof(to->view.text), supervision->network);
}

static void
loss_back(struct triage *triage, struct unit *unit, const struct arrival *arrival,
          struct triage_out *out)
{
    struct triage_incident *incident = loss_incident(triage, unit);
    mass_take_back(triage, unit, arrival->view.pos, out);
    if (incident == NULL) {
        return;
    }
    memcpy(incident->paths, unit->paths, sizeof(incident->paths));
    if (loss_any_down(unit)) {
        loss_half(triage, incident, arrival, out);
    } else {
        loss_over(triage, incident, arrival->view.pos, out);
    }
}

void
loss_unsupervised(const struct triage *triage, struct triage_incident *incident,
                  const struct unit *unit, uint64_t pos)
{
    char id[UNIT_IDENTITY] = "";
    memcpy(id, unit->identity + 1, UNIT_IDENTITY - 1);
    struct history_entry entry = {
        .pos = pos, .time_us = triage->time_us, .kind = HISTORY(UNSUPERVISED), .text = id};
    history_add(incident, &entry);
}

/* Whoever is no longer supervised is neither lost nor back. An incident of its own is for a person
 * to close: nobody knows how the unit is (rule R0). */
static void
loss_end(struct triage *triage, struct unit *unit, uint64_t pos, struct triage_out *out)
{
    struct triage_incident *own = loss_incident(triage, unit);
    memset(unit->paths, 0, sizeof(unit->paths));
    mass_take_out(triage, unit, pos, out);
    if (own != NULL) {
        memcpy(own->paths, unit->paths, sizeof(own->paths));
        loss_unsupervised(triage, own, unit, pos);
        triage_change(out, TRIAGE_CHANGE_SHOWN, own->id, 0);
    }
}

void
loss_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    uint8_t identity[UNIT_IDENTITY];
    uint64_t key = unit_identify_id(event->supervision->unit, identity);
    if (event->supervision->ended) {
        struct unit *known = unit_find(triage, key);
        if (known != NULL && memcmp(known->identity, identity, UNIT_IDENTITY) == 0) {
            loss_end(triage, known, event->pos, out);
        }
        return;
    }
    struct unit *unit = unit_get(triage, key, identity);
    int kind = (int)event->supervision->kind;
    bool back = kind == SIGNAL_UNIT_RESTORED || kind == SIGNAL_PATH_RESTORED;
    bool down = kind == SIGNAL_UNIT_LATE || kind == SIGNAL_UNIT_LOST || kind == SIGNAL_PATH_LATE ||
                kind == SIGNAL_PATH_LOST;
    if (unit == NULL || (!back && !down)) {
        return; /* a learned interval is no news for anybody on watch */
    }
    struct arrival arrival;
    loss_note(unit, event->supervision, kind);
    loss_fill(event, key, &arrival);
    if (back) {
        loss_back(triage, unit, &arrival, out);
    } else if (!mass_take(triage, unit, &arrival, event, out)) {
        signal_wait(triage, unit, &arrival, out); /* for the case, as signals do */
    }
}

bool
loss_is_over(struct triage *triage, const struct arrival *arrival)
{
    const struct unit *unit = unit_find(triage, arrival->unit_key);
    const struct incident_path *path =
        unit == NULL ? NULL : &unit->paths[loss_index(arrival->view.path)];
    bool known = path != NULL && path->state != PATH_STATE_NONE;
    bool both = arrival->view.kind == SIGNAL_UNIT_LOST && arrival->hint != PRIORITY_NONE;
    return known && !loss_is_down(path) && !(both && loss_any_down(unit));
}

void
loss_placed(struct triage *triage, const struct arrival *arrival, struct triage_incident *incident)
{
    const struct unit *unit = unit_find(triage, arrival->unit_key);
    if (arrival->loss && unit != NULL) {
        memcpy(incident->paths, unit->paths, sizeof(incident->paths));
    }
}
