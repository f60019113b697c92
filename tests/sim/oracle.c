/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was promised of signals, copies, rows and replays, judged by a model of its own: it knows
 * which press each frame truly was, and the documented rule for copies
 * (docs/decisions/0009-a-dc09-resend-is-one-only-while-it-is-seen.md), and asks no core.
 */
#include "sim.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define NATIVE_US (INT64_C(86400) * US_PER_S)
#define PANEL_US (600 * US_PER_S)
#define RETRY_US (60 * US_PER_S)
#define REMEMBERED 16 /* signals of a sender */

struct sim_incident *
oracle_incident(struct sim *sim, uint64_t id, bool make)
{
    uint64_t pos = id & ((UINT64_C(1) << 48) - 1);
    if (id >> 48 != SIM_NODE || pos > sim->last) {
        sim_broken(sim, "identity", "incident %llx has no record", (unsigned long long)id);
        return make ? &sim->incidents[0] : NULL;
    }
    struct sim_row *row = &sim->rows[pos];
    if (row->model != 0 || !make) {
        return row->model == 0 ? NULL : &sim->incidents[row->model - 1];
    }
    if (sim->incidents_count == sim->incidents_room) {
        sim->incidents_room = sim->incidents_room == 0 ? 256 : 2 * sim->incidents_room;
        sim->incidents = realloc(sim->incidents, sim->incidents_room * sizeof *sim->incidents);
        require(sim->incidents != NULL);
    }
    struct sim_incident *incident = &sim->incidents[sim->incidents_count];
    memset(incident, 0, sizeof *incident);
    incident->id = id;
    incident->open_us = sim_served_us(sim);
    sim->incidents_count += 1;
    row->model = sim->incidents_count;
    return incident;
}

/* REQ A24 TEST, R0 TEST: is the frame at `row`, or one like it, a copy of the signal at `of` by the
 * rule? NULL: it is; else why it is not. */
static const char *
copy_fault(struct sim *sim, const struct sim_row *row, uint64_t of, int64_t now_us)
{
    if (of == 0 || of > sim->last || sim->rows[of].type != RECORD_SIGNAL) {
        return "of no signal";
    }
    const struct sim_row *first = &sim->rows[of];
    const struct sim_unit *unit = &sim->units[row->unit - 1];
    int64_t age_us = now_us - first->time_us;
    if (first->unit != row->unit || first->sequence != row->sequence ||
        first->content != row->content || first->boot != row->boot) {
        return "of another signal";
    }
    if (!unit->dc09) {
        return first->press != row->press ? "of another press"
               : age_us > NATIVE_US       ? "of one long ago"
                                          : NULL;
    }
    bool same_time = first->device_us == row->device_us;
    if (age_us > PANEL_US || (!same_time && age_us > RETRY_US)) {
        return "of one long ago";
    }
    const struct sim_incident *incident =
        first->joined ? oracle_incident(sim, first->incident, false) : NULL;
    bool gone = first->opens && incident != NULL && incident->state == INCIDENT_CLOSED;
    return gone ? "of one whose incident is closed" : NULL;
}

/* Every frame of a press the desk took for new before, if it must still know it. */
static void
check_shown_twice(struct sim *sim, const struct sim_row *row, uint64_t pos)
{
    const struct sim_unit *unit = &sim->units[row->unit - 1];
    for (uint64_t at = pos - 1; at >= 1 && !unit->dc09; at--) {
        const struct sim_row *first = &sim->rows[at];
        if (first->type != RECORD_SIGNAL || first->unit != row->unit || first->copy) {
            continue;
        }
        if (unit->fresh - first->fresh >= REMEMBERED || row->time_us - first->time_us > NATIVE_US) {
            return;
        }
        if (first->press == row->press) {
            sim_broken(sim, "shown twice", "record %llu is the press of %llu again",
                       (unsigned long long)pos, (unsigned long long)at);
            return;
        }
    }
}

void
oracle_judged_new(struct sim *sim, uint64_t pos)
{
    struct sim_row *row = &sim->rows[pos];
    if (row->type != RECORD_SIGNAL || row->judged) {
        return;
    }
    row->judged = true;
    check_shown_twice(sim, row, pos);
    sim->units[row->unit - 1].fresh += 1;
    row->fresh = sim->units[row->unit - 1].fresh;
}

void
oracle_judged_copy(struct sim *sim, uint64_t pos, uint64_t of)
{
    struct sim_row *row = &sim->rows[pos];
    if (row->type != RECORD_SIGNAL || row->judged) {
        return;
    }
    const char *fault = copy_fault(sim, row, of, row->time_us);
    row->judged = true;
    row->copy = true;
    if (fault != NULL) {
        sim_broken(sim, "a repeat hides a press", "record %llu is called a copy %s, %llu",
                   (unsigned long long)pos, fault, (unsigned long long)of);
    }
}

/* Intake is about to answer a copy by itself. */
void
oracle_intake_copy(struct sim *sim, unsigned unit, const struct sim_press *press, uint64_t of)
{
    struct sim_row row = {.unit = (uint16_t)(unit + 1),
                          .press = press->id,
                          .boot = press->boot,
                          .sequence = press->sequence,
                          .content = press->content,
                          .device_us = press->device_us};
    const char *fault = copy_fault(sim, &row, of, sim->timeline.newest_us);
    if (fault != NULL) {
        sim_broken(sim, "intake hides a press", "press %llu answered as a copy %s, %llu",
                   (unsigned long long)press->id, fault, (unsigned long long)of);
    }
}

void
oracle_joined(struct sim *sim, uint64_t pos, uint64_t incident)
{
    if (pos <= sim->last && sim->rows[pos].type == RECORD_SIGNAL) {
        sim->rows[pos].joined = true;
        sim->rows[pos].incident = incident;
        (void)oracle_incident(sim, incident, true);
    }
}

/* REQ E4 TEST: one owner, and an epoch that grows with every change. */
static void
check_row_change(struct sim *sim, const struct sim_incident *before,
                 const struct record_incident *row)
{
    unsigned long long id = row->id;
    bool moved = before->state != row->state || strcmp(before->owner, row->owner) != 0;
    if (row->epoch < before->epoch || (moved && row->epoch == before->epoch)) {
        sim_broken(sim, "epoch", "incident %llx: %u after %u", id, row->epoch, before->epoch);
    }
    if (before->owner[0] != '\0' && row->owner[0] != '\0' &&
        strcmp(before->owner, row->owner) != 0) {
        sim_broken(sim, "owner", "incident %llx goes from %s to %s", id, before->owner, row->owner);
    }
    if (row->state != INCIDENT_CLOSED &&
        (row->state == INCIDENT_CLAIMED) != (row->owner[0] != '\0')) {
        sim_broken(sim, "owner", "incident %llx in state %d belongs to '%s'", id, (int)row->state,
                   row->owner);
    }
    if (row->priority > before->priority) {
        sim_broken(sim, "priority", "incident %llx is lowered", id);
    }
    bool closes = before->state != INCIDENT_CLOSED && row->state == INCIDENT_CLOSED;
    bool loss = before->kind >= SIGNAL_UNIT_LATE; /* of these, the centre closes what is back */
    if (closes && before->priority <= PRIORITY_P2 && !loss &&
        sim->rows[row->pos].type != RECORD_ACTION) {
        sim_broken(sim, "lost", "incident %llx is closed by nobody", id);
    }
    if (before->state == INCIDENT_CLOSED && row->state != INCIDENT_CLOSED) {
        sim_broken(sim, "lost", "incident %llx opens again", id);
    }
}

void
oracle_row(struct sim *sim, const struct record_incident *row)
{
    struct sim_incident *incident = oracle_incident(sim, row->id, true);
    uint64_t served_us = sim_served_us(sim);
    if (incident->row) {
        check_row_change(sim, incident, row);
    } else {
        sim->stats.incidents += 1;
        incident->open_us = served_us;
    }
    bool waited =
        incident->row && incident->state == INCIDENT_OPEN && incident->priority == PRIORITY_P1;
    bool waits = row->state == INCIDENT_OPEN && row->priority == PRIORITY_P1;
    if (waits != waited) {
        incident->waits = waits;
        incident->wait_us = served_us;
    }
    if (!incident->row || strcmp(incident->owner, row->owner) != 0) {
        incident->moved_us = served_us;
    }
    incident->row = true;
    incident->epoch = row->epoch;
    incident->state = (uint8_t)row->state;
    incident->priority = (uint8_t)row->priority;
    incident->kind = (uint8_t)row->kind;
    incident->test = row->test;
    (void)text_copy(incident->owner, sizeof incident->owner, row->owner);
}

/* REQ E5 TEST: one message identifier for an incident, and never two incidents for one. */
void
oracle_police_row(struct sim *sim, const struct record_escalation *row)
{
    struct sim_incident *incident = oracle_incident(sim, row->incident, true);
    if (incident->message_id[0] != '\0' && strcmp(incident->message_id, row->message_id) != 0) {
        sim_broken(sim, "police", "incident %llx: second message %s",
                   (unsigned long long)row->incident, row->message_id);
    }
    if (incident->message_id[0] == '\0') {
        for (unsigned i = 0; i < sim->incidents_count; i++) {
            if (strcmp(sim->incidents[i].message_id, row->message_id) == 0) {
                sim_broken(sim, "police", "message %s is of two incidents", row->message_id);
            }
        }
        (void)text_copy(incident->message_id, sizeof incident->message_id, row->message_id);
    }
}

/* The state of a replay is that of the first time. */
void
oracle_replayed(struct sim *sim, const struct desk *desk, uint64_t upto)
{
    if (sim->shadow || !sim->applied_hashed || upto != sim->hash_pos) {
        return;
    }
    uint64_t hash = triage_hash(desk->triage) ^ escalation_hash(desk->escalation) * 3;
    sim->applied_hashed = false;
    sim->stats.replays += 1;
    if (hash != sim->applied_hash) {
        sim_broken(sim, "replay", "state after record %llu differs from the first time",
                   (unsigned long long)upto);
    }
}
