/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it a copy of a signal we have, and counting copies. A copy comes as a signal of its own, or
 * intake counted several and one record tells their number.
 *
 * Native units number their signals for life (boot, sequence): an equal number is an equal signal.
 * Panels count to 9999 and begin again after every restart, so there an equal number is a copy only
 * when nothing speaks against it; in doubt the signal is new (rule R0; docs/decisions/0009). A new
 * one that was a copy costs a line on an open incident; a copy that was a press would cost a life.
 *
 * All times are those of records, which never go back, so a replay decides as the first time.
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

void
repeat_restore(struct triage *triage, const struct unit *unit, uint64_t pos, uint32_t back)
{
    *repeat_place(triage, pos) = (struct place){pos, (uint32_t)(unit - triage->units), back};
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

/* What cannot be read has no content to compare but its bytes. Several accounts may call through
 * one certificate, each with a sequence of its own. */
static uint64_t
repeat_content(const Larwm__Journal__Signal *signal)
{
    uint64_t hash = signal->content_hash;
    if ((int)signal->kind == SIGNAL_UNREADABLE && signal->raw.len > 0) {
        hash = hash_bytes(hash, signal->raw.data, signal->raw.len);
    }
    if (signal->account != NULL && signal->account[0] != '\0') {
        hash = hash_bytes(hash, signal->account, strlen(signal->account));
    }
    return hash;
}

/* Can the operator still see the first copy? One that found no room anywhere cannot be seen. */
static bool
repeat_is_seen(struct triage *triage, const struct recent *recent)
{
    const struct triage_incident *incident = lifecycle_find(triage, recent->incident);
    bool open = incident != NULL && incident->state != INCIDENT_CLOSED;
    return open || waiting_find(triage, recent->pos) != NULL;
}

/* REQ A24: a retransmission (S1), as the head of this file says. */
static bool
repeat_is_copy(struct triage *triage, const struct recent *recent,
               const Larwm__Journal__Signal *signal, uint64_t content)
{
    int64_t age_us = triage->time_us - recent->time_us;
    if (recent->boot_id != signal->boot_id || recent->sequence != signal->sequence ||
        recent->content != content || age_us > recent->window_us) {
        return false;
    }
    if (signal->boot_id != 0) {
        return true;
    }
    /* Some panels stamp the time of sending, or set their clock after a NAK. */
    bool same_time = recent->device_time_us == signal->device_time_us;
    if (!same_time && age_us > triage->policy.repeat_retry_us) {
        return false;
    }
    return !recent->opens || repeat_is_seen(triage, recent);
}

/* The oldest first: two can only match when the older has the very time of the copy and the newer
 * is of this minute, and then the older is what was copied. */
static struct recent *
repeat_find(struct triage *triage, struct unit *unit, const Larwm__Journal__Signal *signal,
            uint64_t content)
{
    uint32_t oldest = unit->recent_count < UNIT_RECENT ? 0 : unit->recent_next;
    for (uint32_t i = 0; i < unit->recent_count; i++) {
        struct recent *recent = &unit->recent[(oldest + i) % UNIT_RECENT];
        if (repeat_is_copy(triage, recent, signal, content)) {
            return recent;
        }
    }
    return NULL;
}

static struct recent *
repeat_remember(struct triage *triage, struct unit *unit, const struct triage_event *event,
                uint64_t content)
{
    const Larwm__Journal__Signal *signal = event->signal;
    struct recent *recent = unit_remember(unit);
    recent->boot_id = signal->boot_id;
    recent->sequence = signal->sequence;
    recent->content = content;
    recent->pos = event->pos;
    recent->time_us = triage->time_us;
    recent->device_time_us = signal->device_time_us;
    recent->window_us =
        signal->boot_id != 0 ? triage->policy.repeat_native_us : triage->policy.repeat_dc09_us;
    return recent;
}

bool
repeat_take(struct triage *triage, struct unit *unit, const struct triage_event *event,
            struct triage_out *out)
{
    if (unit == NULL) {
        return false;
    }
    uint64_t content = repeat_content(event->signal);
    struct recent *recent = repeat_find(triage, unit, event->signal, content);
    bool copy = recent != NULL;
    if (copy) {
        repeat_count(triage, recent, 1, triage->time_us, event->pos, out);
    } else {
        recent = repeat_remember(triage, unit, event, content);
    }
    repeat_note_place(triage, unit, recent, event->pos);
    return copy;
}

void
repeat_note_incident(struct unit *unit, uint64_t pos, uint64_t incident, bool opens)
{
    struct recent *recent = unit_recent_at(unit, pos);
    if (recent != NULL) {
        recent->incident = incident;
        recent->opens = opens;
    }
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
