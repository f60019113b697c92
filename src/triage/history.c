/* SPDX-License-Identifier: Apache-2.0 */
#include "triage/history.h"

#include "base/require.h"
#include "triage/priority.h"

#include <string.h>

const char *
incident_history_user(const struct triage_incident *incident, const struct incident_history *entry)
{
    return entry->text_size == 0 ? "" : incident->history_text + entry->text_at;
}

const char *
incident_history_text(const struct triage_incident *incident, const struct incident_history *entry)
{
    return entry->text_size == 0 ? "" : incident->history_text + entry->text_at + entry->user_size;
}

/* Gives up the texts of one entry and moves the later ones down. */
static void
history_drop_text(struct triage_incident *incident, uint32_t at)
{
    struct incident_history *gone = &incident->history[at];
    uint32_t size = gone->text_size;
    if (size == 0) {
        return;
    }
    uint32_t end = gone->text_at + size;
    memmove(incident->history_text + gone->text_at, incident->history_text + end,
            incident->history_text_used - end);
    incident->history_text_used -= size;
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        struct incident_history *entry = &incident->history[i];
        if (entry->text_size != 0 && entry->text_at > gone->text_at) {
            entry->text_at = (uint16_t)(entry->text_at - size);
        }
    }
    gone->text_size = 0;
    gone->user_size = 0;
    gone->text_at = 0;
}

static void
history_drop(struct triage_incident *incident, uint32_t at)
{
    history_drop_text(incident, at);
    memmove(&incident->history[at], &incident->history[at + 1],
            (incident->history_kept - at - 1) * sizeof(incident->history[0]));
    incident->history_kept--;
}

static bool
history_is_cheap(uint32_t kind)
{
    return kind == HISTORY(SIGNAL) || kind == HISTORY(REPEAT) || kind == HISTORY(VIEWED) ||
           kind == HISTORY(CANCEL_CODE) || kind == HISTORY(UNSUPERVISED);
}

static uint32_t
history_victim(const struct triage_incident *incident)
{
    for (uint32_t i = 1; i < incident->history_kept; i++) {
        if (history_is_cheap(incident->history[i].kind)) {
            return i;
        }
    }
    return 1;
}

static void
history_put_text(struct triage_incident *incident, struct incident_history *entry, const char *user,
                 const char *text)
{
    size_t user_size = strnlen(user, LIMIT_USER - 1) + 1;
    size_t text_size = strnlen(text, LIMIT_NOTE) + 1;
    if (user_size == 1 && text_size == 1) {
        return;
    }
    for (uint32_t i = 0;
         incident->history_text_used + user_size + text_size > INCIDENT_HISTORY_TEXT; i++) {
        require(i < incident->history_kept); /* two texts of the longest kind always fit */
        history_drop_text(incident, i);
    }
    char *to = incident->history_text + incident->history_text_used;
    memcpy(to, user, user_size - 1);
    to[user_size - 1] = '\0';
    memcpy(to + user_size, text, text_size - 1);
    to[user_size + text_size - 1] = '\0';
    entry->text_at = (uint16_t)incident->history_text_used;
    entry->user_size = (uint16_t)user_size;
    entry->text_size = (uint16_t)(user_size + text_size);
    incident->history_text_used += entry->text_size;
}

void
history_add(struct triage_incident *incident, const struct history_entry *entry)
{
    if (incident->history_kept == LIMIT_INCIDENT_HISTORY) {
        history_drop(incident, history_victim(incident));
    }
    struct incident_history *to = &incident->history[incident->history_kept];
    memset(to, 0, sizeof(*to));
    to->pos = entry->pos;
    to->time_us = entry->time_us;
    to->kind = (uint16_t)entry->kind;
    to->alert = entry->alert;
    to->outcome = entry->outcome;
    history_put_text(incident, to, entry->user == NULL ? "" : entry->user,
                     entry->text == NULL ? "" : entry->text);
    incident->history_kept++;
}

void
history_fold(struct triage_incident *incident, const struct history_entry *entry)
{
    const char *user = entry->user == NULL ? "" : entry->user;
    const char *text = entry->text == NULL ? "" : entry->text;
    for (uint32_t i = incident->history_kept; i-- > 1;) {
        const struct incident_history *old = &incident->history[i];
        if (old->kind == entry->kind && strcmp(incident_history_user(incident, old), user) == 0 &&
            strcmp(incident_history_text(incident, old), text) == 0) {
            history_drop(incident, i);
            break;
        }
    }
    history_add(incident, entry);
}

static uint32_t
history_signal_victim(const struct triage_incident *incident)
{
    for (uint32_t i = 1; i < incident->signals_kept; i++) {
        if (!incident->signal_press[incident->signal_order[i]]) {
            return i;
        }
    }
    return 1;
}

bool
history_is_press(const struct incident_signal *signal)
{
    return priority_rule(signal->kind)->attack && !signal->restore;
}

void
history_add_signal(struct triage_incident *incident, const struct incident_signal *signal)
{
    uint32_t place = incident->signals_kept;
    if (incident->signals_kept == LIMIT_INCIDENT_SIGNALS) {
        uint32_t victim = history_signal_victim(incident);
        place = incident->signal_order[victim];
        memmove(&incident->signal_order[victim], &incident->signal_order[victim + 1],
                incident->signals_kept - victim - 1);
        incident->signals_kept--;
    }
    incident->signal_order[incident->signals_kept++] = (uint8_t)place;
    incident->signal_press[place] = history_is_press(signal);
    memcpy(&incident->signal_places[place], signal, sizeof(*signal)); /* with its padding: hashed */
}

struct incident_signal *
history_find_signal(struct triage_incident *incident, uint64_t pos)
{
    for (uint32_t i = 0; i < incident->signals_kept; i++) {
        if (incident->signal_places[i].pos == pos) { /* those kept stand in the first places */
            return &incident->signal_places[i];
        }
    }
    return NULL;
}
