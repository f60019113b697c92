/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the desk. A console that is gone for longer than the grace loses its claims, so an
 * alarm never waits for a machine that is off (REQ A5).
 */
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

static struct user *
presence_find(const struct triage *triage, const char *name)
{
    for (uint32_t i = 0; i < triage->limits.users; i++) {
        if (strcmp(triage->users[i].name, name) == 0) {
            return &triage->users[i];
        }
    }
    return NULL;
}

static bool
presence_on_duty(const struct user *user)
{
    return user->role == ROLE_OPERATOR || user->role == ROLE_SUPERVISOR;
}

/* Starts or stops the grace of every claim of `user`; NULL means everybody's. */
static void
presence_set_claims(struct triage *triage, const char *user, int64_t due_us)
{
    for (uint32_t at = 0; at < triage->used_max; at++) {
        if (triage->queue[at].state != INCIDENT_CLAIMED) {
            continue;
        }
        struct triage_incident *incident = &triage->incidents[at];
        if (user == NULL || strcmp(incident->owner, user) == 0) {
            lifecycle_set_presence(triage, incident, due_us);
        }
    }
}

void
presence_boot(struct triage *triage)
{
    memset(triage->users, 0, triage->limits.users * sizeof(triage->users[0]));
    triage->duty_count = 0;
    presence_set_claims(triage, NULL, triage->time_us + triage->policy.presence_grace_us);
}

void
presence_restore(struct triage *triage)
{
    triage->duty_count = 0;
    for (uint32_t i = 0; i < triage->limits.users; i++) {
        const struct user *user = &triage->users[i];
        triage->duty_count += user->name[0] != '\0' && presence_on_duty(user) ? 1 : 0;
    }
}

static void
presence_come(struct triage *triage, const char *name, uint32_t role)
{
    struct user *user = presence_find(triage, name);
    if (user == NULL) {
        user = presence_find(triage, ""); /* a free place; without one the person still can act */
    }
    if (user == NULL) {
        return;
    }
    triage->duty_count -= user->name[0] != '\0' && presence_on_duty(user) ? 1 : 0;
    memset(user, 0, sizeof(*user));
    text_copy(user->name, sizeof(user->name), name);
    user->role = (uint8_t)(role <= ROLE_TOOL ? role : ROLE_NONE);
    triage->duty_count += presence_on_duty(user) ? 1 : 0;
}

static void
presence_go(struct triage *triage, const char *name)
{
    struct user *user = presence_find(triage, name);
    if (user != NULL) {
        triage->duty_count -= presence_on_duty(user) ? 1 : 0;
        memset(user, 0, sizeof(*user));
    }
}

void
presence_step(struct triage *triage, const struct triage_event *event)
{
    const Larwm__Journal__Presence *presence = event->presence;
    if (presence->user == NULL || presence->user[0] == '\0' ||
        strlen(presence->user) >= LIMIT_USER) {
        return;
    }
    if (presence->present) {
        presence_come(triage, presence->user, (uint32_t)presence->role);
        presence_set_claims(triage, presence->user, 0);
    } else {
        presence_go(triage, presence->user);
        presence_set_claims(triage, presence->user,
                            triage->time_us + triage->policy.presence_grace_us);
    }
}

void
presence_timer_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    struct triage_incident *incident = lifecycle_find(triage, event->timer->incident);
    if (event->timer->kind != LARWM__JOURNAL__TIMER_KIND__TIMER_PRESENCE || incident == NULL ||
        incident->presence_due_us == 0 || incident->presence_due_us > event->timer->due_us) {
        return; /* of another core, or passed by since */
    }
    struct history_entry entry = {.pos = event->pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(CONSOLE_LOST),
                                  .user = incident->owner};
    history_add(incident, &entry);
    lifecycle_release(triage, incident);
    triage_change(out, TRIAGE_CHANGE_RELEASED, incident->id, 0);
}
