/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose life is it.
 *
 * Happy path: a new signal is asked of resolve; its answer is posted, with those that came with it
 * (post_answers.c), and applied when it comes back durable, so that a replay needs no database.
 * Failures: resolve answers every question by its deadline, from the last known record if it must.
 * If the answer cannot be posted (journal failing), the signal stays pending in triage and is asked
 * again on a later tick. When PostgreSQL returns, or something changed there, every open incident
 * is asked again.
 */
#include "desk/internal.h"

#include "base/text.h"

#include <string.h>

#define ASK_AGAIN_US US_PER_S   /* an answer that is not back by then is lost */
#define RECHECKS_PER_TICK 4096u /* leaves resolve room for new signals */

static struct resolve_question
desk_question(uint64_t key, const char *unit, int64_t device_time_us, int64_t received_us)
{
    struct resolve_question question = {
        .key = key, .device_time_us = device_time_us, .received_us = received_us};
    (void)text_copy(question.unit, sizeof question.unit, unit);
    return question;
}

static void
desk_question_fix(struct resolve_question *question, const Larwm__Position *position)
{
    if (position != NULL && position->source != LARWM__POSITION_SOURCE__POSITION_NONE) {
        question->has_fix = true;
        question->latitude = position->latitude;
        question->longitude = position->longitude;
        question->accuracy_m = position->accuracy_m;
        question->fix_time_us = position->fix_time_us;
    }
}

static void
desk_ask(struct desk *desk, const struct resolve_question *question)
{
    counter_add(resolve_requests, 1);
    if (resolve_ask(desk->resolve, question) == ERROR_NONE) {
        return;
    }
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    resolve_answer_unresolved(desk->resolve, question, card, &answer);
    desk_take_answer(desk, question->key, &answer);
}

void
desk_ask_signal(struct desk *desk, uint64_t pos, uint64_t incident,
                const Larwm__Journal__Signal *signal)
{
    struct resolve_question question = desk_question(incident != 0 ? incident : pos, signal->unit,
                                                     signal->device_time_us, signal->received_us);
    question.clock_suspect = signal->clock_suspect;
    question.credential_expired = signal->credential_expired;
    question.unreadable = signal->kind == LARWM__SIGNAL_KIND__SIGNAL_UNREADABLE;
    desk_question_fix(&question, signal->position);
    desk_ask(desk, &question);
}

/* Asked for when it came, and its answer may still be on its way. */
static bool
desk_is_on_its_way(const struct desk *desk, const struct triage_waiting *waiting)
{
    int64_t age_us = desk_now_us(desk) - waiting->time_us;
    return waiting->pos > desk->replayed_pos && age_us >= 0 && age_us < ASK_AGAIN_US;
}

static void
desk_ask_waiting(struct desk *desk, const struct triage_waiting *waiting)
{
    struct resolve_question question =
        desk_question(waiting->pos, waiting->unit, waiting->device_time_us, waiting->time_us);
    question.clock_suspect = (waiting->badges & UINT32_C(1) << BADGE_CLOCK_SUSPECT) != 0;
    question.credential_expired = (waiting->badges & UINT32_C(1) << BADGE_CREDENTIAL_EXPIRED) != 0;
    question.unreadable = waiting->kind == SIGNAL_UNREADABLE;
    question.has_fix = waiting->has_fix;
    question.latitude = waiting->latitude;
    question.longitude = waiting->longitude;
    question.accuracy_m = waiting->accuracy_m;
    desk_ask(desk, &question);
}

void
desk_ask_waiting_at(struct desk *desk, uint64_t pos)
{
    struct triage_waiting waiting;
    if (triage_pending_at(desk->triage, pos, &waiting)) {
        desk_ask_waiting(desk, &waiting);
    }
}

/* Signals whose answer never came into the journal: after a replay, after a failed append, and when
 * there was no room for their incident. Each time all of them: one that is asked twice is answered
 * once, since the first answer takes it off the list. */
void
desk_ask_pending(struct desk *desk)
{
    struct triage_waiting waiting = {.pos = 0};
    desk->pending_wanted = false;
    while (triage_pending(desk->triage, waiting.pos, &waiting)) {
        if (desk_is_on_its_way(desk, &waiting)) {
            desk->pending_wanted = true; /* looked at again on the next tick */
            continue;
        }
        desk_ask_waiting(desk, &waiting);
    }
}

/* The time whose allocation counts: not a clock that was doubted, nor when a lost unit was heard.
 */
static int64_t
desk_event_time_us(const struct triage_incident *incident)
{
    bool said = !incident->loss && !incident_has_badge(incident, BADGE_CLOCK_SUSPECT);
    return said ? incident_signal(incident, 0)->device_time_us : 0;
}

static enum error
desk_ask_recheck(struct desk *desk, const struct triage_incident *incident)
{
    const struct incident_signal *first = incident_signal(incident, 0);
    struct resolve_question question =
        desk_question(incident->id, first->unit, desk_event_time_us(incident), first->received_us);
    question.clock_suspect = incident_has_badge(incident, BADGE_CLOCK_SUSPECT);
    question.unreadable = first->kind == SIGNAL_UNREADABLE;
    if (incident->position.source != POSITION_NONE) {
        question.has_fix = true;
        question.latitude = incident->position.latitude;
        question.longitude = incident->position.longitude;
        question.accuracy_m = incident->position.accuracy_m;
        question.fix_time_us = incident->position.fix_us;
    }
    if (incident->attached[0] != '\0') { /* a person said whose life it is: the records of that */
        return resolve_ask_case(desk->resolve, incident->attached, &question);
    }
    return resolve_ask(desk->resolve, &question);
}

/* Where a round goes on: NULL when the incident it had come to is gone, then it begins anew. */
static const struct triage_incident *
desk_recheck_from(struct desk *desk)
{
    const struct triage_incident *last = NULL;
    if (desk->recheck_after != 0) {
        last = triage_find(desk->triage, desk->recheck_after);
        desk->recheck_wanted = desk->recheck_wanted || last == NULL;
        desk->recheck_after = 0;
        return last == NULL ? NULL : triage_each(desk->triage, last);
    }
    if (!desk->recheck_wanted) {
        return NULL;
    }
    desk->recheck_wanted = false;
    return triage_each(desk->triage, NULL);
}

/* Every open incident again, some on each tick: PostgreSQL came back, or something changed there.
 * While PostgreSQL is away only those that have no card at all. */
void
desk_ask_rechecks(struct desk *desk)
{
    const struct triage_incident *incident = desk_recheck_from(desk);
    bool all = resolve_is_up(desk->resolve);
    for (unsigned asked = 0; incident != NULL; incident = triage_each(desk->triage, incident)) {
        struct desk_item *item = desk_item_of(desk, incident->id, true);
        bool wanted = all || incident->resolve == RESOLVE_PENDING;
        if (!wanted || incident->state == INCIDENT_CLOSED || item == NULL || item->asked ||
            incident->signals_kept == 0) {
            continue;
        }
        if (desk_ask_recheck(desk, incident) != ERROR_NONE) {
            desk->recheck_wanted = true;
            return;
        }
        item->asked = true;
        asked += 1;
        if (asked == RECHECKS_PER_TICK) {
            desk->recheck_after = incident->id;
            return;
        }
    }
}

static struct desk_waiting *
desk_waiting_take(struct desk *desk, const struct flow_record *record, uint64_t incident)
{
    for (unsigned i = 0; i < DESK_WAITING_ANSWERS; i++) {
        struct desk_waiting *waiting = &desk->waiting[i];
        if (!waiting->used) {
            desk->waiting_next += 1;
            *waiting = (struct desk_waiting){.used = true,
                                             .key = desk->waiting_next,
                                             .handle = record->handle,
                                             .ref = record->ref,
                                             .incident = incident};
            return waiting;
        }
    }
    return NULL;
}

static struct desk_waiting *
desk_waiting_find(struct desk *desk, uint64_t key)
{
    for (unsigned i = 0; i < DESK_WAITING_ANSWERS; i++) {
        if (desk->waiting[i].used && desk->waiting[i].key == key) {
            return &desk->waiting[i];
        }
    }
    return NULL;
}

void
desk_ask_attach(struct desk *desk, const struct flow_record *record, uint64_t incident,
                const char *case_reference)
{
    const struct triage_incident *found = triage_find(desk->triage, incident);
    struct desk_waiting *waiting = found == NULL || found->signals_kept == 0
                                       ? NULL
                                       : desk_waiting_take(desk, record, incident);
    if (waiting != NULL) {
        const struct incident_signal *first = incident_signal(found, 0);
        struct resolve_question question =
            desk_question(waiting->key, first->unit, 0, first->received_us);
        if (resolve_ask_case(desk->resolve, case_reference, &question) == ERROR_NONE) {
            return;
        }
        waiting->used = false;
    }
    desk_answer(desk, record->handle, record->ref, false, "BUSY", NULL, incident, NULL);
}

void
desk_ask_reveal(struct desk *desk, const struct flow_record *record, uint64_t incident)
{
    const struct triage_incident *found = triage_find(desk->triage, incident);
    struct desk_waiting *waiting = found == NULL || found->signals_kept == 0
                                       ? NULL
                                       : desk_waiting_take(desk, record, incident);
    if (waiting != NULL) {
        const struct incident_signal *first = incident_signal(found, 0);
        int64_t at_us = desk_event_time_us(found);
        at_us = at_us != 0 ? at_us : first->received_us;
        if (resolve_ask_holder(desk->resolve, waiting->key, first->unit, at_us) == ERROR_NONE) {
            return;
        }
        waiting->used = false;
    }
    desk_answer(desk, record->handle, record->ref, false, "BUSY", NULL, incident, NULL);
}

/* What a check changes by itself, taken away: the rest of two cards can be compared. */
static size_t
desk_card_bare(struct desk *desk, const uint8_t *card, size_t size, uint8_t to[LIMIT_CARD])
{
    arena_reset(&desk->view_arena);
    Larwm__Card *bare = larwm__card__unpack(&desk->view_arena.allocator, size, card);
    if (bare == NULL) {
        return 0;
    }
    bare->checked_us = 0;
    if (bare->marker != NULL && bare->marker->status != LARWM__MARKER_STATUS__MARKER_UNKNOWN) {
        bare->marker->last_known_us = 0;
    }
    return larwm__card__get_packed_size(bare) > LIMIT_CARD ? 0 : larwm__card__pack(bare, to);
}

/* A re-check of an open incident that says nothing new is not worth a record. */
static bool
desk_is_news(struct desk *desk, uint64_t id, const struct resolve_answer *answer)
{
    const struct triage_incident *incident = triage_find(desk->triage, id);
    uint8_t before[LIMIT_CARD];
    uint8_t now[LIMIT_CARD];
    if (incident == NULL || incident->state == INCIDENT_CLOSED) {
        return false;
    }
    if (incident->resolve == RESOLVE_PENDING || incident->resolve != answer->status) {
        return incident->resolve == RESOLVE_PENDING || answer->status == RESOLVE_CHECKED;
    }
    if (answer->status != RESOLVE_CHECKED) {
        return false; /* one that could not be checked says nothing new */
    }
    size_t size = desk_card_bare(desk, incident->card, incident->card_size, before);
    return size == 0 || size != desk_card_bare(desk, answer->card, answer->card_size, now) ||
           memcmp(before, now, size) != 0;
}

static void
desk_recheck_answered(struct desk *desk, uint64_t id, const struct resolve_answer *answer)
{
    struct desk_item *item = desk_item_of(desk, id, false);
    if (item != NULL) {
        item->asked = false;
    }
    if (answer != NULL && desk_is_news(desk, id, answer)) {
        desk_take_answer(desk, id, answer);
    }
}

static void
desk_on_answer(void *data, uint64_t key, const struct resolve_answer *answer)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    if (desk->closing) {
        return; /* still pending: asked again after the next start */
    }
    counter_add(resolve_cached, answer->status == RESOLVE_CACHED ? 1 : 0);
    counter_add(resolve_unknown, answer->status == RESOLVE_UNKNOWN ? 1 : 0);
    if (key >= DESK_KEY_INCIDENT) {
        desk_recheck_answered(desk, key, answer);
    } else {
        desk_take_answer(desk, key, answer);
    }
}

static void
desk_on_answers_end(void *data)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    if (!desk->closing) {
        desk_flush_answers(desk);
    }
}

static void
desk_on_late_answer(void *data, uint64_t key, const struct resolve_answer *answer)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    const struct triage_incident *incident =
        key < DESK_KEY_INCIDENT ? NULL : triage_find(desk->triage, key);
    if (desk->closing) {
        return;
    }
    if (incident != NULL && incident->attached[0] == '\0') {
        desk_recheck_answered(desk, key, answer); /* asking anew would be as late again */
        return;
    }
    /* The signal's incident may have joined another, or have a case attached to it meanwhile: ask
     * anew for all that are open. */
    desk->recheck_wanted = true;
}

static void
desk_on_case(void *data, uint64_t key, enum error error, const struct resolve_answer *answer)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    if (key >= DESK_KEY_INCIDENT) { /* a re-check of an attached incident */
        desk_recheck_answered(desk, key, error == ERROR_NONE ? answer : NULL);
        return;
    }
    struct desk_waiting *waiting = desk_waiting_find(desk, key);
    if (waiting == NULL) {
        return;
    }
    waiting->used = false;
    bool ok = error == ERROR_NONE && desk_post_answer(desk, waiting->incident, answer);
    const char *refusal = "DATABASE_DOWN";
    if (error == ERROR_NONE) {
        refusal = ok ? "" : "BUSY"; /* no block for the record: a re-check brings the card */
        desk->recheck_wanted = desk->recheck_wanted || !ok;
    } else if (error == ERROR_NOT_FOUND) {
        refusal = "NOT_FOUND";
    }
    desk_answer(desk, waiting->handle, waiting->ref, ok, refusal,
                error == ERROR_NONE ? NULL : error_text(error), waiting->incident, NULL);
}

static void
desk_on_holder(void *data, uint64_t key, enum error error, const char *text)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    struct desk_waiting *waiting = desk_waiting_find(desk, key);
    if (waiting == NULL) {
        return;
    }
    waiting->used = false;
    const char *refusal = error == ERROR_NONE        ? ""
                          : error == ERROR_NOT_FOUND ? "NOT_FOUND"
                                                     : "DATABASE_DOWN";
    desk_answer(desk, waiting->handle, waiting->ref, error == ERROR_NONE, refusal,
                error == ERROR_NONE ? NULL : error_text(error), waiting->incident, text);
}

static void
desk_on_registry(void *data, struct registry *registry)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    if (desk->registry != NULL) {
        registry_free(desk->registry); /* nobody had taken it yet */
    }
    desk->registry = registry;
    desk_hand_over_registry(desk);
}

static void
desk_on_units(void *data, const struct resolve_unit *units, unsigned count)
{
    desk_silent_units(checked_cast(data, struct desk, DESK_MAGIC), units, count);
}

static void
desk_on_users(void *data, const struct resolve_user *users, unsigned count)
{
    desk_users_take(checked_cast(data, struct desk, DESK_MAGIC), users, count);
}

static void
desk_on_forces(void *data, const struct resolve_force *forces, unsigned count)
{
    (void)data;
    (void)forces;
    (void)count; /* endpoints are the police gateway's configuration; cards carry name and number */
}

static void
desk_on_changed(void *data, const char *what)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    (void)what; /* a unit reported stolen is news for its open incident, too */
    desk->recheck_wanted = true;
}

static void
desk_on_database(void *data, bool up)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    desk->database_up = up;
    desk->database_since_us = clock_wall_us();
    desk_condition_set(desk, DESK_CONDITION_DATABASE, !up,
                       "PostgreSQL does not answer: records shown may be stale");
    desk->recheck_wanted = desk->recheck_wanted || up;
}

static void
desk_on_schema(void *data, bool ok, const char *detail)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    desk->schema_ok = ok;
    desk->recheck_wanted = desk->recheck_wanted || ok;
    (void)text_copy(desk->schema_detail, sizeof desk->schema_detail, detail);
    desk_condition_set(desk, DESK_CONDITION_SCHEMA, !ok, detail);
}

const struct resolve_callbacks desk_resolve_callbacks = {
    .on_answer = desk_on_answer,
    .on_late_answer = desk_on_late_answer,
    .on_answers_end = desk_on_answers_end,
    .on_case = desk_on_case,
    .on_holder = desk_on_holder,
    .on_registry = desk_on_registry,
    .on_units = desk_on_units,
    .on_users = desk_on_users,
    .on_forces = desk_on_forces,
    .on_changed = desk_on_changed,
    .on_database = desk_on_database,
    .on_schema = desk_on_schema,
};
