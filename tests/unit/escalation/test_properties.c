/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Triage and escalation together, fed by a generator with fixed seeds, as the desk feeds them.
 * After each record the properties that must never break are checked:
 *   - every press that is no retransmission is in exactly one incident, a P1, and counted there;
 *   - priority of an open incident never goes down, nor its rank up;
 *   - a claimed incident has an owner, any other has none, and a winner's epoch is new;
 *   - one police message for each incident for ever;
 *   - a P1 that nobody takes has reached the supervisor within its limit;
 *   - the auditor finds nothing;
 *   - the same records give the same state.
 */
#include "escalation/escalation.h"
#include "triage/triage.h"

#include "console.pb-c.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define START INT64_C(1478916780000000)
#define UNITS 12
#define INCIDENTS_SEEN 4096

struct seen
{
    uint64_t id;
    uint32_t epoch;
    uint32_t rank;
    uint32_t presses; /* expected */
    uint8_t priority;
    bool queued;
    int64_t waiting_us; /* P1 open and unclaimed since */
};

struct world
{
    struct triage *triage;
    struct escalation *escalation;
    uint64_t chance;
    uint64_t pos;
    int64_t now;
    uint64_t sequences[UNITS];
    struct seen seen[INCIDENTS_SEEN];
    unsigned seen_count;
    uint64_t presses;
    uint64_t presses_placed;
};

static const char *const unit_names[UNITS] = {"U-00", "U-01", "U-02", "U-03", "U-04", "U-05",
                                              "U-06", "U-07", "U-08", "U-09", "U-10", "U-11"};
static char *const user_names[] = {"Olwen", "Bryn", "Sioned"};

static uint64_t
chance(struct world *world, uint64_t below)
{
    world->chance ^= world->chance << 13;
    world->chance ^= world->chance >> 7;
    world->chance ^= world->chance << 17;
    return world->chance % below;
}

static struct seen *
world_seen(struct world *world, uint64_t id)
{
    for (unsigned i = world->seen_count; i-- > 0;) {
        if (world->seen[i].id == id) {
            return &world->seen[i];
        }
    }
    cr_assert_lt(world->seen_count, INCIDENTS_SEEN);
    world->seen[world->seen_count] = (struct seen){.id = id, .rank = UINT32_MAX, .priority = 9};
    return &world->seen[world->seen_count++];
}

static struct escalation_facts
facts_of(const struct triage_incident *incident)
{
    struct escalation_facts facts;
    memset(&facts, 0, sizeof(facts));
    facts.priority = incident->priority;
    facts.kind = incident->kind;
    facts.marker = incident->marker;
    facts.marker_last_known = incident->marker_last_known;
    facts.marker_last_known_us = incident->marker_last_known_us;
    facts.consent = incident->consent;
    facts.case_attached = incident->case_id != 0;
    facts.unit_blocked = incident->unit_blocked;
    facts.test = incident->test;
    facts.technical = incident->technical;
    return facts;
}

static void
world_escalate(struct world *world, struct escalation_event *event)
{
    struct escalation_out out;
    event->time_us = world->now;
    escalation_step(world->escalation, event, &out);
    if (out.queued) {
        struct seen *seen = world_seen(world, event->incident);
        cr_assert_not(seen->queued, "one police message for each incident for ever");
        seen->queued = true;
    }
    for (uint32_t i = 0; i < out.notes_count; i++) {
        struct triage_remark remark = {.incident = out.notes[i].incident,
                                       .history = out.notes[i].history,
                                       .user = out.notes[i].user,
                                       .text = out.notes[i].text,
                                       .held = out.notes[i].held};
        struct triage_event back = {
            .kind = TRIAGE_REMARK, .pos = world->pos, .time_us = world->now, .remark = &remark};
        struct triage_out ignored;
        triage_step(world->triage, &back, &ignored);
    }
}

static void
world_change(struct world *world, const struct triage_change *change,
             const Larwm__Journal__Action *action)
{
    static const enum escalation_event_kind kinds[] = {
        [TRIAGE_CHANGE_OPENED] = ESCALATION_OPENED,
        [TRIAGE_CHANGE_SIGNAL] = ESCALATION_SIGNAL,
        [TRIAGE_CHANGE_CLAIMED] = ESCALATION_CLAIMED,
        [TRIAGE_CHANGE_RELEASED] = ESCALATION_RELEASED,
        [TRIAGE_CHANGE_ACTED] = ESCALATION_ACTED,
        [TRIAGE_CHANGE_ESCALATE] = ESCALATION_ASKED,
        [TRIAGE_CHANGE_CLOSED] = ESCALATION_CLOSED,
        [TRIAGE_CHANGE_REMOVED] = ESCALATION_REMOVED,
    };
    if (change->kind == TRIAGE_CHANGE_SHOWN || change->kind == TRIAGE_CHANGE_NONE) {
        return;
    }
    const struct triage_incident *incident = triage_find(world->triage, change->incident);
    struct escalation_event event = {.kind = kinds[change->kind],
                                     .incident = change->incident,
                                     .what = change->what,
                                     .user = action ? action->user : NULL};
    if (incident != NULL) {
        struct escalation_facts facts = facts_of(incident);
        memcpy(&event.facts, &facts, sizeof(facts));
        event.outcome = incident->outcome;
    }
    world_escalate(world, &event);
}

static void
world_step(struct world *world, struct triage_event *event, struct triage_out *out)
{
    event->pos = ++world->pos;
    event->time_us = world->now;
    triage_step(world->triage, event, out);
    for (uint32_t i = 0; i < out->changes_count; i++) {
        world_change(world, &out->changes[i], event->kind == TRIAGE_ACTION ? event->action : NULL);
    }
}

static void
world_resolve(struct world *world, uint64_t pos, uint64_t incident, unsigned unit)
{
    static const enum marker_status markers[] = {MARKER_ACTIVE, MARKER_LAPSED, MARKER_UNKNOWN,
                                                 MARKER_NONE};
    Larwm__Card card = LARWM__CARD__INIT;
    Larwm__CaseCard person = LARWM__CASE_CARD__INIT;
    Larwm__Place place = LARWM__PLACE__INIT;
    Larwm__Marker marker = LARWM__MARKER__INIT;
    card.status = (Larwm__ResolveStatus)(RESOLVE_CHECKED + chance(world, 3));
    if (unit % 4 != 3) { /* every fourth unit is held by nobody */
        card.case_card = &person;
        card.place = &place;
        card.marker = &marker;
        person.id = 1 + unit / 3;
        person.risk = (Larwm__Risk)chance(world, 5);
        person.police_consent = (Larwm__Consent)(unit % 3);
        place.property = 1 + unit / 3;
        marker.status = (Larwm__MarkerStatus)markers[chance(world, 4)];
        marker.last_known = (Larwm__MarkerStatus)markers[chance(world, 2)];
    }
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    resolved.signal_pos = pos;
    resolved.incident = incident;
    resolved.card = &card;
    struct triage_out out;
    world_step(world, &(struct triage_event){.kind = TRIAGE_RESOLVED, .resolved = &resolved}, &out);
}

/* A press must be found, as a P1, in exactly one incident. */
static void
world_check_press(struct world *world, uint64_t pos)
{
    unsigned found = 0;
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(world->triage, incident)) != NULL) {
        for (uint32_t i = 0; i < incident->signals_kept; i++) {
            if (incident_signal(incident, i)->pos == pos) {
                found++;
                cr_assert_eq(incident->priority, PRIORITY_P1);
                cr_assert_neq(incident->state, INCIDENT_CLOSED);
                cr_assert_not(incident->technical);
                world_seen(world, incident->id)->presses++;
            }
        }
    }
    cr_assert_eq(found, 1);
    world->presses_placed++;
}

static void
world_signal(struct world *world)
{
    unsigned unit = (unsigned)chance(world, UNITS);
    bool press = chance(world, 4) == 0;
    bool again = chance(world, 3) == 0 && world->sequences[unit] > 0;
    Larwm__Journal__Signal signal = LARWM__JOURNAL__SIGNAL__INIT;
    signal.unit = (char *)unit_names[unit];
    signal.boot_id = 5;
    signal.kind = (Larwm__SignalKind)(press ? 1 + chance(world, 5) : chance(world, 27));
    signal.zone = chance(world, 2) == 0 ? "door" : "window";
    signal.restore = !press && chance(world, 2) == 0;
    signal.sequence = again ? world->sequences[unit] : ++world->sequences[unit];
    signal.content_hash = (uint64_t)signal.kind * 2 + (signal.restore ? 1 : 0) + 1;
    signal.received_us = world->now;
    struct triage_out out;
    world_step(world, &(struct triage_event){.kind = TRIAGE_SIGNAL, .signal = &signal}, &out);
    uint64_t pos = world->pos;
    cr_assert(!press || out.repeat || out.resolve || out.again || out.follows,
              "a press is a copy or goes on");
    if (out.resolve) {
        world_resolve(world, out.resolve_pos, out.resolve_incident, unit);
    }
    if (press && !out.repeat) {
        world->presses++;
        world_check_press(world, pos);
    }
}

static const struct triage_incident *
world_pick(struct world *world)
{
    uint64_t at = chance(world, 8);
    const struct triage_incident *incident = triage_each(world->triage, NULL);
    while (incident != NULL && at-- > 0) {
        const struct triage_incident *next = triage_each(world->triage, incident);
        incident = next != NULL ? next : incident;
    }
    return incident;
}

static void
world_act(struct world *world)
{
    const struct triage_incident *incident = world_pick(world);
    uint64_t who = chance(world, 3);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = user_names[who];
    action.role = (Larwm__Role)(who == 2 ? ROLE_SUPERVISOR : ROLE_OPERATOR);
    action.kind = (Larwm__Journal__ActionKind)(1 + chance(world, 8));
    action.incident = incident == NULL ? 5 : incident->id;
    action.epoch = incident == NULL || chance(world, 3) == 0
                       ? 0
                       : incident->epoch - (uint32_t)chance(world, 2);
    action.outcome = (Larwm__Outcome)chance(world, 8);
    action.text = "a note";
    bool claimed = incident != NULL && incident->state == INCIDENT_CLAIMED;
    uint32_t before = incident == NULL ? 0 : incident->epoch;
    uint64_t id = action.incident;
    struct triage_out out;
    world_step(world, &(struct triage_event){.kind = TRIAGE_ACTION, .action = &action}, &out);
    const struct triage_incident *after = triage_find(world->triage, id);
    if (action.kind == LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM && after != NULL &&
        out.result.ok && !claimed) {
        cr_assert_str_eq(after->owner, action.user);
        cr_assert_gt(after->epoch, before, "a winner's epoch is new");
        cr_assert(action.epoch == 0 || action.epoch == before, "only who saw the newest may win");
    }
}

static void
world_presence(struct world *world)
{
    uint64_t who = chance(world, 3);
    Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
    presence.user = user_names[who];
    presence.role = (Larwm__Role)(who == 2 ? ROLE_SUPERVISOR : ROLE_OPERATOR);
    presence.present = chance(world, 3) != 0;
    struct triage_out out;
    world_step(world, &(struct triage_event){.kind = TRIAGE_PRESENCE, .presence = &presence}, &out);
    world_escalate(world, &(struct escalation_event){.kind = ESCALATION_DUTY,
                                                     .duty = triage_duty_count(world->triage)});
}

static void
world_supervise(struct world *world)
{
    unsigned unit = (unsigned)chance(world, UNITS);
    Larwm__Journal__Supervision supervision = LARWM__JOURNAL__SUPERVISION__INIT;
    supervision.unit = (char *)unit_names[unit];
    supervision.kind = (Larwm__SignalKind)(SIGNAL_UNIT_LATE + chance(world, 3));
    struct triage_out out;
    world_step(world,
               &(struct triage_event){.kind = TRIAGE_SUPERVISION, .supervision = &supervision},
               &out);
    if (out.resolve) {
        world_resolve(world, out.resolve_pos, out.resolve_incident, unit);
    }
}

static void
world_police(struct world *world)
{
    const struct triage_incident *incident = world_pick(world);
    if (incident != NULL) {
        world_escalate(world, &(struct escalation_event){.kind = ESCALATION_POLICE,
                                                         .incident = incident->id,
                                                         .police = (uint32_t)chance(world, 7) == 3
                                                                       ? 2
                                                                       : (uint32_t)chance(world, 3),
                                                         .text = "LOG-1"});
    }
}

static void
world_timers(struct world *world)
{
    struct escalation_timer due;
    while (escalation_take_due(world->escalation, world->now, &due)) {
        world_escalate(world, &(struct escalation_event){.kind = ESCALATION_TIMER,
                                                         .incident = due.incident,
                                                         .timer = due.kind,
                                                         .due_us = due.due_us});
    }
    struct triage_timer gone;
    while (triage_take_due(world->triage, world->now, &gone)) {
        Larwm__Journal__Timer timer = LARWM__JOURNAL__TIMER__INIT;
        timer.incident = gone.incident;
        timer.kind = (Larwm__Journal__TimerKind)gone.kind;
        timer.due_us = gone.due_us;
        struct triage_out out;
        world_step(world, &(struct triage_event){.kind = TRIAGE_TIMER, .timer = &timer}, &out);
    }
}

static void
world_check_incident(struct world *world, const struct triage_incident *incident)
{
    struct seen *seen = world_seen(world, incident->id);
    bool owned = incident->owner[0] != '\0';
    cr_assert(incident->state == INCIDENT_CLOSED || owned == (incident->state == INCIDENT_CLAIMED));
    cr_assert_leq(incident->priority, seen->priority);
    cr_assert_leq(incident->rank, seen->rank);
    cr_assert_geq(incident->epoch, seen->epoch);
    cr_assert(seen->presses <= incident->press_count);
    seen->priority = incident->priority;
    seen->rank = incident->rank;
    seen->epoch = incident->epoch;
    bool waits = incident->priority == PRIORITY_P1 && incident->state == INCIDENT_OPEN;
    seen->waiting_us = !waits ? 0 : seen->waiting_us == 0 ? world->now : seen->waiting_us;
    if (waits && world->now - seen->waiting_us > 45 * SECOND) {
        const struct escalation_plan *plan = escalation_find(world->escalation, incident->id);
        cr_assert_eq(plan->alert, ALERT_SUPERVISOR);
        cr_assert(plan->state != ESCALATION_NONE || !escalation_may_push(&plan->facts));
    }
}

static void
world_check(struct world *world)
{
    const struct triage_incident *incident = NULL;
    uint32_t open = 0;
    while ((incident = triage_each(world->triage, incident)) != NULL) {
        world_check_incident(world, incident);
        open += incident->state != INCIDENT_CLOSED ? 1 : 0;
        const struct escalation_plan *plan = escalation_find(world->escalation, incident->id);
        cr_assert(incident->state == INCIDENT_CLOSED || plan != NULL);
    }
    cr_assert_eq(open, triage_open_count(world->triage));
    cr_assert_eq(escalation_audit(world->escalation, world->now, 3 * SECOND), 0);
}

static void
world_run(uint64_t seed, unsigned records, uint64_t ret_hashes[2])
{
    struct triage_limits limits = {
        .incidents = 256, .pending = 4, .units = 64, .zones = 64, .users = 4};
    struct triage_policy triage_rules = triage_policy_default();
    struct escalation_policy escalation_rules = escalation_policy_default();
    struct world *world = calloc(1, sizeof(*world));
    world->chance = seed;
    world->now = START;
    cr_assert_eq(triage_create(&limits, &triage_rules, 1, &world->triage), ERROR_NONE);
    cr_assert_eq(escalation_create(256, &escalation_rules, &world->escalation), ERROR_NONE);
    for (unsigned i = 0; i < records; i++) {
        uint64_t what = chance(world, 20);
        if (what < 8) {
            world_signal(world);
        } else if (what < 14) {
            world_act(world);
        } else if (what < 16) {
            world_police(world);
        } else if (what < 18) {
            world_supervise(world);
        } else {
            world_presence(world);
        }
        world->now += (int64_t)chance(world, 10) == 0 ? (int64_t)chance(world, 20) * SECOND
                                                      : (int64_t)chance(world, 100000);
        world_timers(world);
        world_check(world);
    }
    cr_assert_gt(world->presses, records / 20);
    cr_assert_eq(world->presses, world->presses_placed);
    ret_hashes[0] = triage_hash(world->triage);
    ret_hashes[1] = escalation_hash(world->escalation);
    triage_free(world->triage);
    escalation_free(world->escalation);
    free(world);
}

Test(properties, hold_for_many_seeds_and_the_same_records_give_the_same_state)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        uint64_t first[2];
        uint64_t second[2];
        world_run(seed * UINT64_C(2654435761), 1500, first);
        world_run(seed * UINT64_C(2654435761), 1500, second);
        cr_assert_eq(first[0], second[0], "triage, seed %u", (unsigned)seed);
        cr_assert_eq(first[1], second[1], "escalation, seed %u", (unsigned)seed);
    }
}
