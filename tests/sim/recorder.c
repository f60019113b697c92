/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder, played, in the place of src/record: PostgreSQL's rows become what the oracles
 * judge, and a hash of the rows of each record, which a replay must make again.
 */
#include "sim.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct record
{
    struct record_callbacks callbacks;
    bool shadow;
    bool first; /* these rows are the first of their record */
    uint64_t effects;
};

static struct sim *recording;

static void
effect_mix(struct record *record, const void *data, size_t size)
{
    record->effects = hash_bytes(record->effects, data, size);
}

static void
effect_text(struct record *record, const char *text)
{
    effect_mix(record, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

static void
effect_numbers(struct record *record, const int64_t *numbers, size_t count)
{
    effect_mix(record, numbers, count * sizeof numbers[0]);
}

#define EFFECT(record, ...)                                                                        \
    effect_numbers((record), (const int64_t[]){__VA_ARGS__},                                       \
                   sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* The rows of a record that was applied before are no news. */
static bool
effect_is_news(const struct record *record, uint64_t pos)
{
    return !record->shadow && pos > recording->applied;
}

enum error
record_open(uv_loop_t *loop, const struct record_options *options,
            const struct record_callbacks *callbacks, struct record **ret_record)
{
    struct record *record = calloc(1, sizeof *record);
    (void)loop;
    (void)options;
    require(record != NULL && recording != NULL);
    record->callbacks = *callbacks;
    record->shadow = recording->shadow;
    record->effects = 1;
    *ret_record = record;
    return ERROR_NONE;
}

void
recorder_for(struct sim *sim)
{
    recording = sim;
}

static void
record_on_written(struct sim *sim, uint64_t pos, uint64_t record)
{
    struct record *of = (struct record *)(uintptr_t)record;
    if (!sim->away && pos > sim->recorded) {
        sim->recorded = pos;
    }
    if (!sim->away) {
        of->callbacks.on_position(of->callbacks.data, sim->recorded);
    }
}

void
record_start(struct record *record)
{
    sim_plan_life(recording, 50000, record_on_written, recording->recorded,
                  (uint64_t)(uintptr_t)record);
}

void
record_signal(struct record *record, const struct record_signal *row)
{
    effect_text(record, row->unit);
    EFFECT(record, (int64_t)row->pos, row->kind, (int64_t)row->sequence, row->device_time_us,
           (int64_t)row->allocation, (int64_t)row->case_id);
    if (effect_is_news(record, row->pos)) {
        oracle_judged_new(recording, row->pos);
    }
}

void
record_signal_state(struct record *record, const struct record_signal_state *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->signal_pos, (int64_t)row->incident,
           row->repeats, row->last_repeat_us, (int64_t)row->case_id);
    if (!effect_is_news(record, row->pos)) {
        return;
    }
    oracle_judged_copy(recording, row->pos, row->signal_pos);
    if (row->incident != 0) { /* a row of its own, as the recorder makes one */
        oracle_joined(recording, row->signal_pos, row->incident);
    }
}

void
record_incident(struct record *record, const struct record_incident *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->id, row->epoch, row->state, row->priority,
           row->kind, (int64_t)row->case_id, row->opened_us, row->last_signal_us, row->closed_us,
           row->alert, row->signal_count, row->press_count, row->repeat_count, (int64_t)row->badges,
           row->police_state);
    effect_text(record, row->owner);
    effect_text(record, row->police_message);
    if (effect_is_news(record, row->pos)) {
        oracle_row(recording, row);
    }
}

void
record_incident_signal(struct record *record, const struct record_incident_signal *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->incident, (int64_t)row->signal_pos);
    if (effect_is_news(record, row->pos)) {
        oracle_joined(recording, row->signal_pos, row->incident);
    }
}

void
record_history(struct record *record, const struct record_history *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->incident, row->time_us, (int64_t)row->kind,
           row->alert, row->outcome);
    effect_text(record, row->user);
    effect_text(record, row->text);
}

void
record_escalation(struct record *record, const struct record_escalation *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->incident, row->state, row->reason,
           row->queued_us, row->sent_us, row->answered_us, row->tries, row->update_no,
           row->update_sent, row->cancel_wanted);
    effect_text(record, row->message_id);
    effect_text(record, row->message);
    effect_text(record, row->log_number);
    if (effect_is_news(record, row->pos)) {
        oracle_police_row(recording, row);
    }
}

void
record_delivery(struct record *record, const struct record_delivery *row)
{
    EFFECT(record, (int64_t)row->pos, (int64_t)row->incident, row->event, row->update_no);
}

void
record_audit(struct record *record, const struct record_audit *row)
{
    effect_text(record, row->action);
    effect_text(record, row->detail);
}

void
record_disclosure(struct record *record, const struct record_disclosure *row)
{
    effect_text(record, row->case_reference);
    effect_text(record, row->receiver);
}

void
record_watch(struct record *record, const struct record_watch *row)
{
    EFFECT(record, (int64_t)row->pos, row->present);
}

void
record_learned(struct record *record, const struct record_learned *row)
{
    EFFECT(record, (int64_t)row->pos, row->interval_s);
}

void
record_advance(struct record *record, uint64_t pos)
{
    struct sim *sim = recording;
    struct sim_row *row = &sim->rows[pos];
    uint64_t effects = record->effects;
    record->effects = 1;
    if (row->effects != 0 && row->effects != effects) {
        sim_broken(sim, "replay", "record %llu has other effects than before",
                   (unsigned long long)pos);
    }
    row->effects = effects;
    if (effect_is_news(record, pos)) {
        sim->applied = pos;
        oracle_applied(sim, pos);
    }
    if (!record->shadow && sim->desk != NULL && !sim->away) {
        sim_plan_life(sim, random_between(&sim->random, 1000, 200000), record_on_written, pos,
                      (uint64_t)(uintptr_t)record);
    }
}

uint64_t
record_applied(const struct record *record)
{
    (void)record;
    return recording->recorded;
}

uint64_t
record_backlog_bytes(const struct record *record)
{
    (void)record;
    return 0;
}

bool
record_is_up(const struct record *record)
{
    (void)record;
    return !recording->away;
}

void
record_close(struct record *record, uint32_t limit_ms, void (*on_closed)(void *data), void *data)
{
    (void)limit_ms;
    free(record);
    on_closed(data);
}
