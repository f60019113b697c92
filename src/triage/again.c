/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit signals again a moment after PostgreSQL said whose it is (docs/decisions/0017): the signal
 * joins the same incident at once, without asking and without a second record. When the answer is
 * still on its way, the signal waits for that. A fold over the journal like everything here: the
 * time of the answer is that of its record.
 *
 * Only what would have come to the same: the incident is open and of the same case, the signal is
 * no graver than it, and nothing about the signal says that somebody else may have held the unit
 * when it was sent. In doubt it is asked for. One that waits for another's answer stands in the
 * list of those that wait: if that answer never comes, it is asked for like any other.
 */
#include "triage/state.h"

#include <string.h>

#define AGAIN_DOUBTS                                                                               \
    (UINT32_C(1) << BADGE_UNREGISTERED | UINT32_C(1) << BADGE_DELAYED |                            \
     UINT32_C(1) << BADGE_CLOCK_SUSPECT | UINT32_C(1) << BADGE_CREDENTIAL_EXPIRED |                \
     UINT32_C(1) << BADGE_UNREADABLE)

void
again_note(struct triage *triage, const struct arrival *arrival, const struct card_facts *facts,
           const struct triage_incident *incident)
{
    struct unit *unit = unit_find(triage, arrival->unit_key);
    if (unit == NULL) {
        return;
    }
    bool plain = facts->resolve == RESOLVE_CHECKED && facts->case_id == incident->case_id &&
                 (facts->badges & UINT32_C(1) << BADGE_EARLIER_ALLOCATION) == 0 &&
                 !arrival->flapping && !arrival->loss;
    unit->answer = (struct unit_answer){0};
    if (plain) {
        unit->answer = (struct unit_answer){.incident = incident->id,
                                            .case_id = facts->case_id,
                                            .allocation = facts->allocation,
                                            .time_us = triage->time_us};
    }
}

/* Was it sent as it came? A time of the unit's own that is further away is PostgreSQL's business:
 * who held it then. */
static bool
again_is_of_now(const struct triage *triage, const struct arrival *arrival)
{
    int64_t age_us = arrival->time_us - arrival->view.device_time_us;
    bool said = arrival->view.device_time_us != 0;
    return (arrival->signal_badges & AGAIN_DOUBTS) == 0 &&
           (!said || (age_us <= triage->policy.again_us && age_us >= -triage->policy.again_us));
}

static struct triage_incident *
again_incident(struct triage *triage, const struct unit *unit, const struct arrival *arrival)
{
    const struct unit_answer *answer = &unit->answer;
    int64_t age_us = arrival->time_us - answer->time_us;
    if (answer->incident == 0 || age_us < 0 || age_us >= triage->policy.again_us) {
        return NULL;
    }
    struct triage_incident *incident = lifecycle_find(triage, answer->incident);
    if (incident == NULL || incident->state == INCIDENT_CLOSED ||
        incident->resolve != RESOLVE_CHECKED || incident->case_id != answer->case_id ||
        incident->test != arrival->test || incident->flapping || incident->loss || incident->mass) {
        return NULL;
    }
    uint32_t priority = priority_of(arrival->view.kind, arrival->hint, incident->risk);
    bool technical = priority >= PRIORITY_P3;
    uint64_t newest = technical ? unit->technical : unit->incident;
    newest = arrival->test ? unit->test_incident : newest;
    bool same = newest == incident->id && incident->technical == technical &&
                priority >= incident->priority;
    return same ? incident : NULL;
}

bool
again_take(struct triage *triage, struct unit *unit, const struct arrival *arrival,
           struct triage_out *out)
{
    if (unit == NULL || arrival->flapping || !again_is_of_now(triage, arrival) ||
        waiting_find(triage, unit->pending_pos) != NULL) { /* the older one first */
        return false;
    }
    struct triage_incident *incident = again_incident(triage, unit, arrival);
    if (incident == NULL) {
        return false;
    }
    uint32_t what = resolved_join_again(triage, incident, arrival, arrival->view.pos);
    triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, what);
    out->again = true;
    out->allocation = unit->answer.allocation;
    out->case_id = unit->answer.case_id;
    return true;
}

/* The signal that was asked for, and whose answer those behind it wait for; NULL none. */
static struct arrival *
again_root(struct triage *triage, const struct unit *unit)
{
    struct arrival *newest = waiting_find(triage, unit->pending_pos);
    return newest == NULL || newest->root == 0 ? newest : waiting_find(triage, newest->root);
}

bool
again_follow(struct triage *triage, struct unit *unit, const struct arrival *arrival,
             struct triage_out *out)
{
    struct arrival *root = unit == NULL ? NULL : again_root(triage, unit);
    if (root == NULL || root->followers_count == TRIAGE_FOLLOWERS || arrival->flapping ||
        root->flapping || root->loss || root->view.kind != arrival->view.kind ||
        root->hint != arrival->hint || root->test != arrival->test ||
        arrival->time_us - root->time_us >= triage->policy.again_us ||
        !again_is_of_now(triage, root) || !again_is_of_now(triage, arrival)) {
        return false;
    }
    struct arrival *waiting = waiting_add(triage, arrival->view.pos);
    if (waiting == NULL) {
        return false;
    }
    memcpy(waiting, arrival, sizeof(*waiting));
    waiting->root = root->view.pos;
    root->followers[root->followers_count++] = arrival->view.pos;
    unit->pending_pos = arrival->view.pos;
    repeat_note_incident(unit, arrival->view.pos, 0, true);
    out->follows = true;
    return true;
}

void
again_place(struct triage *triage, const struct arrival *root, struct triage_incident *incident,
            uint64_t pos, struct triage_out *out)
{
    uint32_t what = 0;
    for (uint32_t i = 0; i < root->followers_count; i++) {
        const struct arrival *arrival = waiting_find(triage, root->followers[i]);
        if (arrival == NULL) { /* it was asked for itself meanwhile */
            continue;
        }
        what |= resolved_join_again(triage, incident, arrival, pos);
        out->followers[out->followers_count++] = arrival->view.pos;
        waiting_remove(triage, arrival->view.pos);
    }
    if (out->followers_count > 0) {
        triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, what);
    }
}
