/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve, played: PostgreSQL quick, slow (the last known answer at the deadline, a late one
 * after it) or away. It is linked in the place of src/resolve. The recorder: recorder.c.
 */
#include "sim.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS 512
#define DEADLINE_US 250000u
#define START_KNOWN_US (INT64_C(1763000000) * US_PER_S)

enum question_kind
{
    QUESTION_FREE,
    QUESTION_SIGNAL,
    QUESTION_CASE,
    QUESTION_HOLDER,
};

struct question
{
    enum question_kind kind;
    bool answered;
    struct resolve_question asked;
    char reference[RESOLVE_CASE_REFERENCE];
};

struct resolve
{
    struct sim *sim;
    struct resolve_callbacks callbacks;
    bool up;
    struct question questions[QUESTIONS];
};

static struct resolve *resolve_of_sim; /* of the running desk */
static struct sim *sim_of_resolve;

/* Text a card points to. */
struct card_store
{
    Larwm__Card card;
    Larwm__CaseCard person;
    Larwm__Place place;
    Larwm__Marker marker;
    Larwm__Force force;
    Larwm__Badge badges[2];
    char reference[32];
    char address[48];
};

static struct sim_unit *
database_unit(struct sim *sim, const char *id)
{
    for (unsigned i = 0; i < sim->units_count; i++) {
        if (strcmp(sim->units[i].id, id) == 0 && id[0] != '\0') {
            return &sim->units[i];
        }
    }
    return NULL;
}

static void
card_begin(struct card_store *store, enum resolve_status status, const char *unit)
{
    memset(store, 0, sizeof *store);
    larwm__card__init(&store->card);
    larwm__case_card__init(&store->person);
    larwm__place__init(&store->place);
    larwm__marker__init(&store->marker);
    larwm__force__init(&store->force);
    store->card.status = (Larwm__ResolveStatus)status;
    store->card.unit = (char *)(uintptr_t)unit;
    store->card.silent = true;
    store->card.marker = &store->marker;
    store->card.badges = store->badges;
}

static void
card_add_badge(struct card_store *store, enum badge badge)
{
    store->badges[store->card.n_badges] = (Larwm__Badge)badge;
    store->card.n_badges += 1;
}

static void
card_fill_case(struct card_store *store, const struct sim_unit *unit, bool checked)
{
    (void)snprintf(store->reference, sizeof store->reference, "SIM-%04u", unit->card);
    (void)snprintf(store->address, sizeof store->address, "House %u, Invented Street", unit->card);
    store->card.allocation = unit->card;
    store->card.case_card = &store->person;
    store->card.place = &store->place;
    store->card.force = &store->force;
    store->person.id = unit->card;
    store->person.reference = store->reference;
    store->person.open = true;
    store->person.risk = (Larwm__Risk)unit->risk;
    store->person.police_consent =
        unit->refuses ? LARWM__CONSENT__CONSENT_NO : LARWM__CONSENT__CONSENT_YES;
    store->place.property = unit->card;
    store->place.address = store->address;
    store->force.code = (char *)(uintptr_t) "sim";
    if (checked) {
        store->marker.status = (Larwm__MarkerStatus)unit->marker;
    } else {
        store->marker.last_known = (Larwm__MarkerStatus)unit->marker;
        store->marker.last_known_us = START_KNOWN_US;
    }
}

/* The card as PostgreSQL has it (`checked`), or as it was last known. Returns its size. */
static size_t
database_card(struct sim *sim, const char *id, bool checked, uint8_t to[LIMIT_CARD])
{
    struct card_store store;
    struct sim_unit *unit = database_unit(sim, id);
    bool known = checked || unit == NULL || unit->cached != 0;
    card_begin(&store,
               checked || unit == NULL ? RESOLVE_CHECKED
               : known                 ? RESOLVE_CACHED
                                       : RESOLVE_UNKNOWN,
               id);
    if (unit == NULL) {
        card_add_badge(&store, BADGE_UNREGISTERED);
    } else {
        store.card.unit_status =
            unit->blocked ? LARWM__UNIT_STATUS__UNIT_STOLEN : LARWM__UNIT_STATUS__UNIT_IN_SERVICE;
        if (known && unit->blocked) {
            card_add_badge(&store, BADGE_STOLEN);
        } else if (known && unit->card != 0) {
            card_fill_case(&store, unit, checked);
        } else if (known) {
            card_add_badge(&store, BADGE_UNALLOCATED);
        }
        unit->cached = checked && !sim->shadow ? unit->version : unit->cached;
    }
    return larwm__card__pack(&store.card, to);
}

static void
database_answer(struct resolve *resolve, struct question *question, bool checked, bool late)
{
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    size_t size = database_card(resolve->sim, question->asked.unit, checked, card);
    enum error bad = resolve_answer_from_card(card, size, &answer);
    require(bad == ERROR_NONE);
    void *data = resolve->callbacks.data;
    if (question->kind == QUESTION_HOLDER) {
        resolve->callbacks.on_holder(data, question->asked.key,
                                     checked ? ERROR_NONE : ERROR_DATABASE,
                                     checked ? "an invented holder" : NULL);
    } else if (question->kind == QUESTION_CASE) {
        resolve->callbacks.on_case(data, question->asked.key, checked ? ERROR_NONE : ERROR_DATABASE,
                                   checked ? &answer : NULL);
    } else if (late) {
        resolve->callbacks.on_late_answer(data, question->asked.key, &answer);
    } else {
        resolve->callbacks.on_answer(data, question->asked.key, &answer);
    }
}

static void
database_on_end(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)sim;
    (void)one;
    (void)two;
    resolve_of_sim->callbacks.on_answers_end(resolve_of_sim->callbacks.data);
}

/* The answers of a statement come together: this one with others, or alone. */
static void
database_end(struct sim *sim)
{
    if (random_between(&sim->random, 0, 3) == 0) {
        database_on_end(sim, 0, 0);
    } else {
        if (random_chance(&sim->random, 60)) { /* what an answer names may be gone by then */
            operators_close(sim);
        }
        sim_plan_life(sim, random_between(&sim->random, 0, 40000), database_on_end, 0, 0);
    }
}

static void
database_on_deadline(struct sim *sim, uint64_t at, uint64_t late)
{
    struct resolve *resolve = resolve_of_sim;
    struct question *question = &resolve->questions[at];
    database_answer(resolve, question, false, false);
    database_end(sim);
    question->answered = true;
    if (late == 0 || question->kind != QUESTION_SIGNAL) {
        question->kind = QUESTION_FREE;
    }
}

static void
database_on_reply(struct sim *sim, uint64_t at, uint64_t unused)
{
    struct resolve *resolve = resolve_of_sim;
    struct question *question = &resolve->questions[at];
    (void)unused;
    if (question->kind == QUESTION_FREE) {
        return;
    }
    bool comes = !sim->away;
    if (comes || !question->answered) {
        database_answer(resolve, question, comes, question->answered);
        database_end(sim);
    }
    question->kind = QUESTION_FREE;
}

static enum error
database_ask(struct resolve *resolve, enum question_kind kind, const char *reference,
             const struct resolve_question *asked)
{
    struct sim *sim = resolve->sim;
    unsigned at = 0;
    while (at < QUESTIONS && resolve->questions[at].kind != QUESTION_FREE) {
        at += 1;
    }
    if (at == QUESTIONS) {
        return ERROR_FULL;
    }
    struct question *question = &resolve->questions[at];
    *question = (struct question){.kind = kind, .asked = *asked};
    (void)text_copy(question->reference, sizeof question->reference, reference);
    uint64_t wait_us = sim->slow ? random_between(&sim->random, 100000, 4000000)
                                 : random_between(&sim->random, 300, 20000);
    if (sim->away) {
        sim_plan_life(sim, DEADLINE_US, database_on_deadline, at, 0);
    } else if (wait_us < DEADLINE_US) {
        sim_plan_life(sim, wait_us, database_on_reply, at, 0);
    } else {
        bool late = kind == QUESTION_SIGNAL;
        sim_plan_life(sim, DEADLINE_US, database_on_deadline, at, late);
        if (late) {
            sim_plan_life(sim, wait_us, database_on_reply, at, 0);
        }
    }
    return ERROR_NONE;
}

enum error
resolve_open(uv_loop_t *loop, const struct resolve_options *options,
             const struct resolve_callbacks *callbacks, struct resolve **ret_resolve)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    (void)loop;
    (void)options;
    require(resolve != NULL);
    resolve->callbacks = *callbacks;
    resolve->sim = sim_of_resolve;
    *ret_resolve = resolve;
    return ERROR_NONE;
}

static void
database_publish_units(struct sim *sim, struct resolve *resolve)
{
    struct resolve_unit units[SIM_UNITS];
    memset(units, 0, sizeof units);
    for (unsigned i = 0; i < sim->units_count; i++) {
        const struct sim_unit *from = &sim->units[i];
        units[i].unit = from->id;
        units[i].network = from->networked ? "roam-sim" : "";
        units[i].risk = from->card == 0 ? RISK_UNKNOWN : (enum risk)from->risk;
        units[i].slot = from->slot;
        units[i].interval_s = from->paths[0].interval_s;
        units[i].status = UNIT_IN_SERVICE;
        units[i].monitored = from->paths[0].interval_s != 0;
        for (unsigned path = 0; path < 2; path++) {
            units[i].paths[path].used = from->paths[path].used;
            units[i].paths[path].interval_s = from->paths[path].interval_s;
        }
    }
    resolve->callbacks.on_units(resolve->callbacks.data, units, sim->units_count);
}

static void
database_on_settled(struct sim *sim, uint64_t one, uint64_t two)
{
    struct resolve *resolve = resolve_of_sim;
    bool up = !sim->away;
    (void)one;
    (void)two;
    resolve->up = up;
    if (up) {
        resolve->callbacks.on_schema(resolve->callbacks.data, true, "");
    }
    resolve->callbacks.on_database(resolve->callbacks.data, up);
}

void
resolve_start(struct resolve *resolve)
{
    struct sim *sim = sim_of_resolve;
    resolve_of_sim = resolve;
    database_publish_units(sim, resolve);
    sim_plan_life(sim, 20000, database_on_settled, 0, 0);
}

void
database_for(struct sim *sim)
{
    sim_of_resolve = sim;
    recorder_for(sim);
}

void
database_set(struct sim *sim, bool away, bool slow)
{
    sim->slow = slow;
    if (sim->away != away) {
        sim->away = away;
        if (sim->desk != NULL) {
            sim_plan_life(sim, away ? 2000000 : 50000, database_on_settled, 0, 0);
        }
    }
}

static void
database_on_notice(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    if (!sim->away) {
        resolve_of_sim->callbacks.on_changed(resolve_of_sim->callbacks.data, "marker");
    }
}

void
database_change(struct sim *sim, unsigned unit)
{
    struct sim_unit *of = &sim->units[unit];
    of->marker = (uint8_t)random_between(&sim->random, MARKER_NONE, MARKER_LAPSED);
    of->version += 1;
    if (sim->desk != NULL) {
        sim_plan_life(sim, 200000, database_on_notice, 0, 0);
    }
}

enum error
resolve_ask(struct resolve *resolve, const struct resolve_question *question)
{
    return database_ask(resolve, QUESTION_SIGNAL, "", question);
}

enum error
resolve_ask_case(struct resolve *resolve, const char *case_reference,
                 const struct resolve_question *question)
{
    return database_ask(resolve, QUESTION_CASE, case_reference, question);
}

enum error
resolve_ask_holder(struct resolve *resolve, uint64_t key, const char *unit, int64_t at_us)
{
    struct resolve_question question = {.key = key, .received_us = at_us};
    (void)text_copy(question.unit, sizeof question.unit, unit);
    return database_ask(resolve, QUESTION_HOLDER, "", &question);
}

void
resolve_answer_unresolved(struct resolve *resolve, const struct resolve_question *question,
                          uint8_t card[LIMIT_CARD], struct resolve_answer *ret_answer)
{
    size_t size = database_card(resolve->sim, question->unit, false, card);
    enum error bad = resolve_answer_from_card(card, size, ret_answer);
    require(bad == ERROR_NONE);
}

bool
resolve_is_up(const struct resolve *resolve)
{
    return resolve->up;
}

void
resolve_close(struct resolve *resolve, void (*on_closed)(void *data), void *data)
{
    resolve_of_sim = resolve_of_sim == resolve ? NULL : resolve_of_sim;
    free(resolve);
    on_closed(data);
}
