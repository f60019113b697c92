/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do. Each act is checked in the same order: may this role do it, does the incident
 * exist, is it still open, did the actor see the present epoch, is the actor its owner where that
 * matters. One winner for each claim (REQ E4): the first record in the journal.
 */
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

#define ROLES(role) (1u << (role))
#define DESK_ROLES (ROLES(ROLE_OPERATOR) | ROLES(ROLE_SUPERVISOR))

struct action_rule
{
    uint32_t roles;
    bool incident; /* acts on an incident */
    bool open;     /* .. that must not be closed */
    bool epoch;    /* compares the epoch when the actor names one */
    bool person;   /* is about a person: nothing to be done to the loss of a network */
    bool owner;    /* only its owner, or a supervisor; anybody at the desk while it has none */
};

static const struct action_rule action_rules[] = {
    [LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT] = {.roles = DESK_ROLES},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM] = {.roles = DESK_ROLES,
                                                   .incident = true,
                                                   .open = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE] =
        {.roles = DESK_ROLES, .incident = true, .open = true, .epoch = true, .owner = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE] = {.roles = DESK_ROLES, .incident = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE] =
        {.roles = DESK_ROLES, .incident = true, .open = true, .person = true, .owner = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE] =
        {.roles = DESK_ROLES, .incident = true, .open = true, .epoch = true, .owner = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW] = {.roles = DESK_ROLES | ROLES(ROLE_ADMINISTRATOR),
                                                  .incident = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH] = {.roles = DESK_ROLES,
                                                    .incident = true,
                                                    .open = true,
                                                    .epoch = true,
                                                    .person = true,
                                                    .owner = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL] = {.roles = ROLES(ROLE_SUPERVISOR),
                                                    .incident = true,
                                                    .person = true},
    [LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW] = {.roles = ROLES(ROLE_SUPERVISOR) |
                                                                  ROLES(ROLE_ADMINISTRATOR) |
                                                                  ROLES(ROLE_TOOL)},
};

static const char *
action_text(const char *text)
{
    return text == NULL ? "" : text;
}

static void
action_refuse(struct triage_out *out, enum triage_refusal refusal, const char *detail)
{
    out->result.ok = false;
    out->result.refusal = refusal;
    text_copy(out->result.detail, sizeof(out->result.detail), detail);
}

static const struct action_rule *
action_rule(const Larwm__Journal__Action *action)
{
    uint32_t kind = (uint32_t)action->kind;
    bool known =
        kind < sizeof(action_rules) / sizeof(action_rules[0]) && action_rules[kind].roles != 0;
    return known ? &action_rules[kind] : NULL;
}

static bool
action_is_owner(const struct triage_incident *incident, const Larwm__Journal__Action *action)
{
    return incident->state == INCIDENT_CLAIMED &&
           strcmp(incident->owner, action_text(action->user)) == 0;
}

/* False, with the refusal in *out, when the incident is not in the state the act needs. */
static bool
action_fits(const struct triage_incident *incident, const struct action_rule *rule,
            const Larwm__Journal__Action *action, struct triage_out *out)
{
    if (rule->open && incident->state == INCIDENT_CLOSED) {
        action_refuse(out, TRIAGE_REFUSED_ALREADY_CLOSED, "");
        return false;
    }
    if (rule->person && incident->mass) {
        action_refuse(out, TRIAGE_REFUSED_ONE_PERSON, "");
        return false;
    }
    bool supervisor = (uint32_t)action->role == ROLE_SUPERVISOR;
    if (rule->owner && incident->state == INCIDENT_CLAIMED && !supervisor &&
        !action_is_owner(incident, action)) {
        action_refuse(out, TRIAGE_REFUSED_NOT_OWNER, incident->owner);
        return false;
    }
    if (rule->epoch && action->epoch != 0 && action->epoch != incident->epoch) {
        action_refuse(out, TRIAGE_REFUSED_STALE, incident->owner);
        return false;
    }
    return true;
}

static void
action_note(struct triage *triage, struct triage_incident *incident,
            const struct triage_event *event, uint32_t kind, const char *text, uint32_t outcome)
{
    struct history_entry entry = {.pos = event->pos,
                                  .time_us = triage->time_us,
                                  .kind = kind,
                                  .user = event->action->user,
                                  .text = text,
                                  .outcome = (uint8_t)outcome};
    if (kind == HISTORY(VIEWED)) {
        history_fold(incident, &entry);
    } else {
        history_add(incident, &entry);
    }
}

static void
action_take(struct triage *triage, struct triage_incident *incident,
            const struct triage_event *event, struct triage_out *out)
{
    lifecycle_claim(triage, incident, action_text(event->action->user));
    action_note(triage, incident, event, HISTORY(CLAIMED), NULL, 0);
    out->result.ok = true;
    out->result.incident = incident->id;
    triage_change(out, TRIAGE_CHANGE_CLAIMED, incident->id, 0);
}

static void
action_claim(struct triage *triage, struct triage_incident *incident,
             const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Action *action = event->action;
    if (action_is_owner(incident, action)) {
        out->result.ok = true; /* said twice: nothing changes */
    } else if (incident->state == INCIDENT_CLAIMED) {
        action_refuse(out, TRIAGE_REFUSED_TAKEN, incident->owner);
    } else if (action->epoch != 0 && action->epoch != incident->epoch) {
        action_refuse(out, TRIAGE_REFUSED_STALE, "");
    } else {
        action_take(triage, incident, event, out);
    }
}

static bool
action_comes_before(const struct queue_row *one, const struct queue_row *other)
{
    if (one->rank != other->rank) {
        return one->rank < other->rank;
    }
    return one->opened_us != other->opened_us ? one->opened_us < other->opened_us
                                              : one->id < other->id;
}

static void
action_next(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const struct queue_row *best = NULL;
    for (uint32_t at = 0; at < triage->used_max; at++) {
        const struct queue_row *row = &triage->queue[at];
        if (row->state == INCIDENT_OPEN && (best == NULL || action_comes_before(row, best))) {
            best = row;
        }
    }
    if (best == NULL) {
        action_refuse(out, TRIAGE_REFUSED_NOTHING_WAITING, "");
        return;
    }
    action_take(triage, &triage->incidents[best - triage->queue], event, out);
}

static void
action_release(struct triage *triage, struct triage_incident *incident,
               const struct triage_event *event, struct triage_out *out)
{
    if (incident->state != INCIDENT_CLAIMED) {
        action_refuse(out, TRIAGE_REFUSED_NOT_OWNER, "");
        return;
    }
    lifecycle_release(triage, incident);
    action_note(triage, incident, event, HISTORY(RELEASED), event->action->text, 0);
    out->result.ok = true;
    triage_change(out, TRIAGE_CHANGE_RELEASED, incident->id, 0);
}

/* After "test done" the next press is real (REQ A23). */
static void
action_end_test(struct triage *triage, const struct triage_incident *incident)
{
    for (uint32_t i = 0; incident->test && i < incident->units_count; i++) {
        struct unit *unit = unit_find(triage, incident->units[i]);
        if (unit != NULL) {
            unit->test_until_us = 0;
        }
    }
}

static void
action_close(struct triage *triage, struct triage_incident *incident,
             const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Action *action = event->action;
    uint32_t outcome = (uint32_t)action->outcome;
    if (outcome == OUTCOME_NONE) {
        action_refuse(out, TRIAGE_REFUSED_OUTCOME_MISSING, "");
        return;
    }
    /* RESTORED is the centre's own word for a unit that is back. */
    if (outcome > OUTCOME_NO_CONTACT || (outcome == OUTCOME_RESTORED && !incident->technical)) {
        action_refuse(out, TRIAGE_REFUSED_BAD_REQUEST, "");
        return;
    }
    if (incident->state == INCIDENT_OPEN && (uint32_t)action->role != ROLE_SUPERVISOR) {
        action_refuse(out, TRIAGE_REFUSED_NOT_OWNER, "");
        return;
    }
    action_end_test(triage, incident);
    lifecycle_close(triage, incident, outcome);
    action_note(triage, incident, event, HISTORY(CLOSED), action->text, outcome);
    out->result.ok = true;
    triage_change(out, TRIAGE_CHANGE_CLOSED, incident->id, 0);
}

static void
action_attach(struct triage *triage, struct triage_incident *incident,
              const struct triage_event *event, struct triage_out *out)
{
    const char *target = action_text(event->action->target);
    if (target[0] == '\0' || strlen(target) >= sizeof(incident->attached)) {
        action_refuse(out, TRIAGE_REFUSED_BAD_REQUEST, "");
        return;
    }
    memset(incident->attached, 0, sizeof(incident->attached));
    text_copy(incident->attached, sizeof(incident->attached), target);
    action_note(triage, incident, event, HISTORY(ATTACHED), target, 0);
    out->result.ok = true;
    out->resolve = true; /* the card of that case comes as a re-check */
    out->resolve_incident = incident->id;
    triage_change(out, TRIAGE_CHANGE_ACTED, incident->id, 0);
}

static void
action_say(struct triage *triage, struct triage_incident *incident,
           const struct triage_event *event, uint32_t kind, struct triage_out *out)
{
    action_note(triage, incident, event, kind, event->action->text, 0);
    out->result.ok = true;
    bool moves = action_is_owner(incident, event->action) && kind == HISTORY(NOTE);
    triage_change(out, moves ? TRIAGE_CHANGE_ACTED : TRIAGE_CHANGE_SHOWN, incident->id, 0);
}

static void
action_test_window(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Action *action = event->action;
    uint8_t identity[UNIT_IDENTITY];
    struct unit *unit = unit_get(triage, unit_identify_id(action->target, identity), identity);
    if (unit == NULL || action->minutes == 0 || action->minutes > triage->policy.test_minutes_max) {
        action_refuse(out, TRIAGE_REFUSED_BAD_REQUEST, "");
        return;
    }
    unit->test_until_us = triage->time_us + (int64_t)action->minutes * 60 * 1000000;
    out->result.ok = true;
}

static void
action_on_incident(struct triage *triage, struct triage_incident *incident,
                   const struct triage_event *event, struct triage_out *out)
{
    switch (event->action->kind) {
        case LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM:
            action_claim(triage, incident, event, out);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE:
            action_release(triage, incident, event, out);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE:
            action_close(triage, incident, event, out);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH:
            action_attach(triage, incident, event, out);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE:
            out->result.ok = true; /* escalation has the last word */
            triage_change(out, TRIAGE_CHANGE_ESCALATE, incident->id, 0);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW:
            action_say(triage, incident, event, HISTORY(VIEWED), out);
            break;
        case LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL:
            action_say(triage, incident, event, HISTORY(REVEALED), out);
            break;
        default:
            action_say(triage, incident, event, HISTORY(NOTE), out);
            break;
    }
}

void
action_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Action *action = event->action;
    const struct action_rule *rule = action_rule(action);
    out->answered = true;
    out->result.incident = action->incident;
    if (rule == NULL || action_text(action->user)[0] == '\0' ||
        strlen(action->user) >= LIMIT_USER) {
        action_refuse(out, TRIAGE_REFUSED_BAD_REQUEST, "");
        return;
    }
    uint32_t role = (uint32_t)action->role;
    if (role > ROLE_TOOL || (rule->roles & ROLES(role)) == 0) {
        action_refuse(out, TRIAGE_REFUSED_NOT_ALLOWED, "");
        return;
    }
    if (action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT) {
        action_next(triage, event, out);
        return;
    }
    if (action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW) {
        action_test_window(triage, event, out);
        return;
    }
    struct triage_incident *incident = lifecycle_find(triage, action->incident);
    if (incident == NULL) {
        action_refuse(out, TRIAGE_REFUSED_NOT_FOUND, "");
    } else if (action_fits(incident, rule, action, out)) {
        action_on_incident(triage, incident, event, out);
    }
}
