/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void
test_card_init(struct test_card *card, uint64_t case_id, uint64_t property)
{
    static char *hazards[] = {"dog in the yard"};
    memset(card, 0, sizeof(*card));
    larwm__card__init(&card->card);
    larwm__case_card__init(&card->person);
    larwm__place__init(&card->place);
    larwm__marker__init(&card->marker);
    larwm__force__init(&card->force);
    card->card.status = (Larwm__ResolveStatus)RESOLVE_CHECKED;
    card->card.unit_status = (Larwm__UnitStatus)UNIT_IN_SERVICE;
    card->card.allocation = case_id * 10;
    card->card.silent = true;
    card->card.badges = card->badges;
    card->card.case_card = &card->person;
    card->card.place = &card->place;
    card->card.marker = &card->marker;
    card->card.force = &card->force;
    card->person.id = case_id;
    card->person.reference = "GW-2016-0001";
    card->person.open = true;
    card->person.risk = (Larwm__Risk)RISK_HIGH;
    card->person.person_name = "Mared Invented";
    card->person.police_consent = (Larwm__Consent)CONSENT_YES;
    card->person.hazards = hazards;
    card->person.n_hazards = 1;
    card->place.property = property;
    card->place.address = "1 Made-up Street";
    card->marker.status = (Larwm__MarkerStatus)MARKER_ACTIVE;
    card->marker.reference = "M1";
    card->force.code = "gwent";
}

void
test_card_badge(struct test_card *card, enum badge badge)
{
    card->badges[card->card.n_badges++] = (Larwm__Badge)badge;
}

void
test_card_clear_case(struct test_card *card)
{
    card->card.case_card = NULL;
    card->card.place = NULL;
    card->card.marker = NULL;
    card->card.allocation = 0;
}

struct rig *
rig_new_with(const struct triage_limits *limits, const struct triage_policy *policy)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    rig->now = START;
    cr_assert_eq(triage_create(limits, policy, 1, &rig->triage), ERROR_NONE);
    return rig;
}

struct rig *
rig_new(void)
{
    struct triage_limits limits = {
        .incidents = 32, .pending = 16, .units = 32, .zones = 16, .users = 8};
    struct triage_policy policy = triage_policy_default();
    policy.again_us = 0; /* every signal is asked for: test_again.c is about the others */
    return rig_new_with(&limits, &policy);
}

void
rig_free(struct rig *rig)
{
    triage_free(rig->triage);
    free(rig);
}

void
rig_wait(struct rig *rig, int64_t us)
{
    rig->now += us;
}

static uint64_t
rig_step(struct rig *rig, struct triage_event *event)
{
    event->pos = ++rig->pos;
    event->time_us = rig->now;
    triage_step(rig->triage, event, &rig->out);
    return event->pos;
}

void
rig_signal_init(struct rig *rig, Larwm__Journal__Signal *signal, const char *unit,
                enum signal_kind kind)
{
    larwm__journal__signal__init(signal);
    signal->protocol = (Larwm__Protocol)PROTOCOL_NATIVE;
    signal->unit = (char *)unit;
    signal->kind = (Larwm__SignalKind)kind;
    signal->boot_id = 77;
    signal->sequence = ++rig->sequence;
    signal->received_us = rig->now;
    signal->device_time_us = rig->now;
    signal->content_hash = 1000 + (uint64_t)kind;
}

uint64_t
rig_send(struct rig *rig, Larwm__Journal__Signal *signal)
{
    return rig_step(rig, &(struct triage_event){.kind = TRIAGE_SIGNAL, .signal = signal});
}

uint64_t
rig_signal(struct rig *rig, const char *unit, enum signal_kind kind)
{
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, unit, kind);
    return rig_send(rig, &signal);
}

uint64_t
rig_zone(struct rig *rig, const char *unit, enum signal_kind kind, const char *zone, bool restore)
{
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, unit, kind);
    signal.zone = (char *)zone;
    signal.restore = restore;
    return rig_send(rig, &signal);
}

void
rig_repeats(struct rig *rig, uint64_t signal_pos, uint32_t count, int64_t last_us)
{
    Larwm__Journal__Repeat repeat = LARWM__JOURNAL__REPEAT__INIT;
    repeat.signal_pos = signal_pos;
    repeat.count = count;
    repeat.last_us = last_us;
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_REPEATS, .repeat = &repeat});
}

void
rig_resolve(struct rig *rig, uint64_t signal_pos, const struct test_card *card)
{
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    resolved.signal_pos = signal_pos;
    resolved.card = (Larwm__Card *)&card->card;
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_RESOLVED, .resolved = &resolved});
}

void
rig_recheck(struct rig *rig, uint64_t incident, const struct test_card *card)
{
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    resolved.incident = incident;
    resolved.card = (Larwm__Card *)&card->card;
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_RESOLVED, .resolved = &resolved});
}

uint64_t
rig_press(struct rig *rig, const char *unit, enum signal_kind kind, const struct test_card *card)
{
    uint64_t pos = rig_signal(rig, unit, kind);
    cr_assert(rig->out.resolve);
    cr_assert_eq(rig->out.resolve_pos, pos);
    rig_resolve(rig, pos, card);
    for (uint32_t i = 0; i < rig->out.changes_count; i++) {
        if (rig->out.changes[i].kind == TRIAGE_CHANGE_OPENED ||
            rig->out.changes[i].kind == TRIAGE_CHANGE_SIGNAL) {
            return rig->out.changes[i].incident;
        }
    }
    return 0;
}

uint64_t
rig_supervision(struct rig *rig, const Larwm__Journal__Supervision *said)
{
    return rig_step(rig, &(struct triage_event){.kind = TRIAGE_SUPERVISION, .supervision = said});
}

void
rig_supervise(struct rig *rig, const char *unit, enum signal_kind kind)
{
    Larwm__Journal__Supervision supervision = LARWM__JOURNAL__SUPERVISION__INIT;
    supervision.unit = (char *)unit;
    supervision.kind = (Larwm__SignalKind)kind;
    rig_supervision(rig, &supervision);
}

void
rig_presence(struct rig *rig, const char *user, enum role role, bool present)
{
    Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
    presence.user = (char *)user;
    presence.role = (Larwm__Role)role;
    presence.present = present;
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_PRESENCE, .presence = &presence});
}

void
rig_boot(struct rig *rig)
{
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_BOOT});
}

void
rig_timers(struct rig *rig)
{
    struct triage_timer due;
    while (triage_take_due(rig->triage, rig->now, &due)) {
        Larwm__Journal__Timer timer = LARWM__JOURNAL__TIMER__INIT;
        timer.incident = due.incident;
        timer.kind = (Larwm__Journal__TimerKind)due.kind;
        timer.due_us = due.due_us;
        rig_step(rig, &(struct triage_event){.kind = TRIAGE_TIMER, .timer = &timer});
    }
}

struct triage_result
rig_action(struct rig *rig, Larwm__Journal__Action *action)
{
    rig_step(rig, &(struct triage_event){.kind = TRIAGE_ACTION, .action = action});
    cr_assert(rig->out.answered);
    return rig->out.result;
}

struct triage_result
rig_act(struct rig *rig, const char *user, enum role role, int kind, uint64_t incident)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = (char *)user;
    action.role = (Larwm__Role)role;
    action.kind = (Larwm__Journal__ActionKind)kind;
    action.incident = incident;
    return rig_action(rig, &action);
}

struct triage_result
rig_claim(struct rig *rig, const char *user, uint64_t incident, uint32_t epoch)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = (char *)user;
    action.role = (Larwm__Role)ROLE_OPERATOR;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM;
    action.incident = incident;
    action.epoch = epoch;
    return rig_action(rig, &action);
}

struct triage_result
rig_close(struct rig *rig, const char *user, uint64_t incident, enum outcome outcome)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = (char *)user;
    action.role = (Larwm__Role)ROLE_OPERATOR;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE;
    action.incident = incident;
    action.outcome = (Larwm__Outcome)outcome;
    return rig_action(rig, &action);
}

const struct triage_incident *
rig_find(const struct rig *rig, uint64_t incident)
{
    const struct triage_incident *found = triage_find(rig->triage, incident);
    cr_assert_not_null(found);
    return found;
}

unsigned
rig_history(const struct rig *rig, uint64_t incident, uint32_t kind)
{
    const struct triage_incident *found = rig_find(rig, incident);
    unsigned count = 0;
    for (uint32_t i = 0; i < found->history_kept; i++) {
        count += found->history[i].kind == kind ? 1 : 0;
    }
    return count;
}

bool
rig_changed(const struct rig *rig, enum triage_change_kind kind, uint64_t incident)
{
    for (uint32_t i = 0; i < rig->out.changes_count; i++) {
        if (rig->out.changes[i].kind == kind && rig->out.changes[i].incident == incident) {
            return true;
        }
    }
    return false;
}

uint32_t
rig_what(const struct rig *rig, uint64_t incident)
{
    uint32_t what = 0;
    for (uint32_t i = 0; i < rig->out.changes_count; i++) {
        what |= rig->out.changes[i].incident == incident ? rig->out.changes[i].what : 0;
    }
    return what;
}
