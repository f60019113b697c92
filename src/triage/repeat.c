/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it a copy of a signal we have, and counting copies. A copy comes as a signal of its own, or
 * intake counted several and one record tells their number.
 */
#include "base/hash.h"
#include "triage/state.h"

#include <string.h>

#define REPEATS_MAX ((uint32_t)INT32_MAX) /* PostgreSQL's column ends there */

static struct place *
repeat_place(struct triage *triage, uint64_t pos)
{
    return &triage->places[pos % LIMIT_REPEAT_POSITIONS];
}

/* The record at `pos` was the signal of `recent`, or a copy of it. */
static void
repeat_note_place(struct triage *triage, const struct unit *unit, const struct recent *recent,
                  uint64_t pos)
{
    uint64_t back = pos - recent->pos;
    if (back <= UINT32_MAX) {
        *repeat_place(triage, pos) =
            (struct place){pos, (uint32_t)(unit - triage->units), (uint32_t)back};
    }
}

static struct recent *
repeat_find_place(struct triage *triage, uint64_t pos)
{
    const struct place *place = repeat_place(triage, pos);
    if (pos == 0 || place->pos != pos) {
        return NULL;
    }
    return unit_recent_at(&triage->units[place->unit], pos - place->back);
}

static uint32_t
repeat_sum(uint32_t sum, uint32_t count)
{
    return count > REPEATS_MAX - sum ? REPEATS_MAX : sum + count;
}

static void
repeat_show(struct triage *triage, const struct recent *recent, uint32_t count, int64_t last_us,
            uint64_t pos, struct triage_out *out)
{
    struct triage_incident *incident = lifecycle_find(triage, recent->incident);
    if (incident == NULL) {
        return;
    }
    struct incident_signal *signal = history_find_signal(incident, recent->pos);
    if (signal != NULL) {
        signal->repeats = repeat_sum(signal->repeats, count);
        signal->last_repeat_us =
            last_us > signal->last_repeat_us ? last_us : signal->last_repeat_us;
    }
    incident->repeat_count = repeat_sum(incident->repeat_count, count);
    struct history_entry entry = {.pos = pos, .time_us = triage->time_us, .kind = HISTORY(REPEAT)};
    history_fold(incident, &entry);
    triage_change(out, TRIAGE_CHANGE_SHOWN, incident->id, 0);
}

/* Adds `count` copies to the first one, and shows it where it is shown. */
static void
repeat_count(struct triage *triage, struct recent *recent, uint32_t count, int64_t last_us,
             uint64_t pos, struct triage_out *out)
{
    recent->repeats = repeat_sum(recent->repeats, count);
    out->repeat = true;
    out->repeat_of = recent->pos;
    out->repeats = recent->repeats;
    out->last_repeat_us = last_us;
    struct arrival *arrival = waiting_find(triage, recent->pos);
    if (arrival != NULL) {
        arrival->view.repeats = recent->repeats;
        arrival->view.last_repeat_us = last_us;
        return;
    }
    repeat_show(triage, recent, count, last_us, pos, out);
}

/* What cannot be read has no content to compare but its bytes. */
static uint64_t
repeat_content(const Larwm__Journal__Signal *signal)
{
    if ((int)signal->kind == SIGNAL_UNREADABLE && signal->raw.len > 0) {
        return hash_bytes(signal->content_hash, signal->raw.data, signal->raw.len);
    }
    return signal->content_hash;
}

/* Same boot, sequence and content within the window: a retransmission (S1). */
static struct recent *
repeat_find(struct unit *unit, const Larwm__Journal__Signal *signal, uint64_t content,
            int64_t time_us)
{
    for (uint32_t i = 0; i < unit->recent_count; i++) {
        struct recent *recent = &unit->recent[i];
        if (recent->boot_id == signal->boot_id && recent->sequence == signal->sequence &&
            recent->content == content && time_us - recent->time_us <= recent->window_us) {
            return recent;
        }
    }
    return NULL;
}

bool
repeat_take(struct triage *triage, struct unit *unit, const struct triage_event *event,
            struct triage_out *out)
{
    const Larwm__Journal__Signal *signal = event->signal;
    if (unit == NULL) {
        return false;
    }
    uint64_t content = repeat_content(signal);
    struct recent *recent = repeat_find(unit, signal, content, event->time_us);
    if (recent != NULL) {
        repeat_note_place(triage, unit, recent, event->pos);
        repeat_count(triage, recent, 1, triage->time_us, event->pos, out);
        return true;
    }
    recent = unit_remember(unit);
    recent->boot_id = signal->boot_id;
    recent->sequence = signal->sequence;
    recent->content = content;
    recent->pos = event->pos;
    recent->time_us = event->time_us;
    recent->window_us =
        signal->boot_id != 0 ? triage->policy.repeat_native_us : triage->policy.repeat_dc09_us;
    repeat_note_place(triage, unit, recent, event->pos);
    return false;
}

void
repeat_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Repeat *repeat = event->repeat;
    struct recent *recent = repeat_find_place(triage, repeat->signal_pos);
    if (recent == NULL || repeat->count == 0) {
        return;
    }
    bool dated = repeat->last_us > 0 && repeat->last_us < triage->time_us;
    repeat_count(triage, recent, repeat->count, dated ? repeat->last_us : triage->time_us,
                 event->pos, out);
}
