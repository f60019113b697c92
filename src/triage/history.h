/* SPDX-License-Identifier: Apache-2.0 */
/* Private to triage: the two bounded lists inside an incident, its signals and its history. */
#ifndef TRIAGE_HISTORY_H
#define TRIAGE_HISTORY_H

#include "console.pb-c.h"
#include "triage/incident.h"

#define HISTORY(word) LARWM__CONSOLE__HISTORY_KIND__HISTORY_##word

struct history_entry
{
    uint64_t pos;
    int64_t time_us;
    uint32_t kind;    /* larwm.console.HistoryKind */
    const char *user; /* or NULL */
    const char *text; /* or NULL */
    uint8_t alert;
    uint8_t outcome;
};

/* Adds an entry at the end. When full, the oldest entry about a signal, a repeat or a view goes,
 * else the second oldest: the opening stays. When the texts do not fit, the oldest texts go. */
void history_add(struct triage_incident *incident, const struct history_entry *entry);
/* As history_add, but an earlier entry of the same kind and text goes first: one line, newest time.
 */
void history_fold(struct triage_incident *incident, const struct history_entry *entry);

/* One more signal at the end; the others stay where they are. When full, the
 * oldest that is no press goes, else the second oldest: the opening stays. */
void history_add_signal(struct triage_incident *incident, const struct incident_signal *signal);
/* Is it a press? Of an attack kind, and no restore. */
bool history_is_press(const struct incident_signal *signal);
/* The signal at that position, or NULL when it is not (any more) in the list. */
struct incident_signal *history_find_signal(struct triage_incident *incident, uint64_t pos);

#endif
