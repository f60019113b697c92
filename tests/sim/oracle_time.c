/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was promised by a time. Limits are counted in served time: while the centre is up and its
 * disk takes records, three seconds after each start or repair. So a fault that lasts excuses a
 * delay and nothing else; a clock that steps excuses nothing.
 */
#include "sim.h"

#include <string.h>

#define S UINT64_C(1000000)
#define LOOK_US S
#define SEEN_US (4 * S)
#define JOINED_US (10 * S)
#define SLACK_US (4 * S)

static void
note_duty(struct sim *sim, const struct sim_row *row)
{
    Larwm__Journal__Presence *body = larwm__journal__presence__unpack(NULL, row->size, row->body);
    unsigned before = sim->duty;
    for (unsigned i = 0; i < SIM_OPERATORS; i++) {
        if (strcmp(sim->operators[i].name, body->user) == 0 &&
            sim->on_duty[i] != (bool)body->present) {
            sim->on_duty[i] = body->present;
            sim->duty += body->present ? 1 : -1u;
            sim->gone_us[i] = sim_served_us(sim);
        }
    }
    larwm__journal__presence__free_unpacked(body, NULL);
    if (before > 0 && sim->duty == 0) {
        sim->duty_gone_us = sim_served_us(sim);
    }
}

static void
note_path(struct sim *sim, struct sim_path *path, uint32_t kind, uint64_t pos)
{
    path->said_us = sim->now_us;
    path->said_pos = pos;
    if (kind == LARWM__SIGNAL_KIND__SIGNAL_UNIT_LOST ||
        kind == LARWM__SIGNAL_KIND__SIGNAL_PATH_LOST) {
        path->lost = true;
    } else if (kind == LARWM__SIGNAL_KIND__SIGNAL_UNIT_RESTORED ||
               kind == LARWM__SIGNAL_KIND__SIGNAL_PATH_RESTORED) {
        path->lost = false;
    }
}

static void
note_supervision(struct sim *sim, const struct sim_row *row)
{
    Larwm__Journal__Supervision *body =
        larwm__journal__supervision__unpack(NULL, row->size, row->body);
    for (unsigned i = 0; i < sim->units_count; i++) {
        struct sim_unit *unit = &sim->units[i];
        unsigned which = body->path == LARWM__PATH__PATH_BACKUP;
        uint64_t pos = (uint64_t)(row - sim->rows);
        if (strcmp(unit->id, body->unit) != 0) {
            continue;
        }
        note_path(sim, &unit->paths[which], body->kind, pos);
        if (body->kind == LARWM__SIGNAL_KIND__SIGNAL_UNIT_LOST && body->both) {
            note_path(sim, &unit->paths[1 - which], body->kind, pos); /* it says so of both */
        }
    }
    larwm__journal__supervision__free_unpacked(body, NULL);
}

static void
note_action(struct sim *sim, const struct sim_row *row)
{
    Larwm__Journal__Action *body = larwm__journal__action__unpack(NULL, row->size, row->body);
    struct sim_incident *incident =
        body->incident == 0 ? NULL : oracle_incident(sim, body->incident, false);
    if (incident != NULL) {
        incident->moved_us = sim_served_us(sim);
    }
    if (body->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE) {
        sim->closed_pos = (uint64_t)(row - sim->rows);
    }
    larwm__journal__action__free_unpacked(body, NULL);
}

/* The desk's own auditor: it must never have anything to say. */
static void
note_system(struct sim *sim, const struct sim_row *row)
{
    Larwm__Journal__System *body = larwm__journal__system__unpack(NULL, row->size, row->body);
    bool excused = sim->served_from_us == 0 || sim->now_us < sim->served_from_us + 10 * S;
    if (body->raised && strstr(body->detail, "nothing moved it") != NULL && !excused) {
        sim_broken(sim, "auditor", "%s", body->detail);
    }
    larwm__journal__system__free_unpacked(body, NULL);
}

/* The desk has applied the record: every signal is now new, or a copy. */
void
oracle_applied(struct sim *sim, uint64_t pos)
{
    struct sim_row *row = &sim->rows[pos];
    row->from_us = sim_served_us(sim);
    switch ((enum record_type)row->type) {
        case RECORD_SIGNAL:
            if (!row->judged) {
                sim_broken(sim, "lost", "record %llu was passed over", (unsigned long long)pos);
            }
            break;
        case RECORD_BOOT:
            memset(sim->on_duty, 0, sizeof sim->on_duty);
            sim->duty = 0;
            sim->duty_gone_us = sim_served_us(sim);
            for (unsigned i = 0; i < SIM_OPERATORS; i++) {
                sim->gone_us[i] = sim->duty_gone_us;
            }
            break;
        case RECORD_PRESENCE:
            note_duty(sim, row);
            break;
        case RECORD_SUPERVISION:
            note_supervision(sim, row);
            break;
        case RECORD_ACTION:
            note_action(sim, row);
            break;
        case RECORD_SYSTEM:
            note_system(sim, row);
            break;
        default:
            break;
    }
}

/* Nothing acknowledged is lost: each press has an incident, and somebody was shown it. */
static void
look_at_signals(struct sim *sim, uint64_t served_us)
{
    uint64_t first = sim->unjudged == 0 ? 1 : sim->unjudged;
    bool all = true;
    for (uint64_t pos = first; pos <= sim->applied && !sim->broken; pos++) {
        const struct sim_row *row = &sim->rows[pos];
        bool done =
            row->type != RECORD_SIGNAL || !row->opens || row->copy || (row->joined && row->seen);
        uint64_t age_us = served_us - row->from_us;
        if (!done && !row->seen && age_us > SEEN_US) {
            sim_broken(sim, "lost", "press of record %llu is on no screen%s",
                       (unsigned long long)pos, row->receipt ? ", and has its receipt" : "");
        } else if (!done && !row->joined && age_us > JOINED_US) {
            sim_broken(sim, "lost", "press of record %llu has no incident",
                       (unsigned long long)pos);
        }
        all = all && done;
        sim->unjudged = all ? pos + 1 : sim->unjudged;
    }
}

/* REQ B3 TEST, S1 TEST: unclaimed, it reaches all, the supervisor, the police or the telephone. */
static void
look_at_waiting(struct sim *sim, const struct sim_incident *incident, uint64_t served_us)
{
    uint64_t waited_us = served_us - incident->wait_us;
    uint64_t since_us =
        sim->duty_gone_us > incident->wait_us ? sim->duty_gone_us : incident->wait_us;
    bool nobody = sim->duty == 0 && served_us - since_us > 5 * S + SLACK_US;
    unsigned long long id = incident->id;
    if (waited_us > 20 * S + SLACK_US && incident->alert < ALERT_ALL_CONSOLES) {
        sim_broken(sim, "limit", "incident %llx waits %llu s and not all consoles know", id,
                   (unsigned long long)(waited_us / S));
    }
    if (!nobody && waited_us <= 40 * S + SLACK_US) {
        return;
    }
    bool told = incident->police != ESCALATION_NONE || incident->phone;
    if (incident->alert < ALERT_SUPERVISOR) {
        sim_broken(sim, "limit", "incident %llx waits %llu s and no supervisor knows", id,
                   (unsigned long long)(waited_us / S));
    } else if (!told || (incident->may_push && incident->police == ESCALATION_NONE)) {
        sim_broken(sim, "limit", "incident %llx waits %llu s and the police do not know", id,
                   (unsigned long long)(waited_us / S));
    }
}

/* REQ A5 TEST: an alarm never waits for a console that is gone. */
static void
look_at_owner(struct sim *sim, const struct sim_incident *incident, uint64_t served_us)
{
    for (unsigned i = 0; i < SIM_OPERATORS; i++) {
        uint64_t gone_us =
            sim->gone_us[i] > incident->moved_us ? sim->gone_us[i] : incident->moved_us;
        if (!sim->on_duty[i] && strcmp(sim->operators[i].name, incident->owner) == 0 &&
            served_us - gone_us > 10 * S + SLACK_US) {
            sim_broken(sim, "owner", "incident %llx belongs to %s, whose console is gone",
                       (unsigned long long)incident->id, incident->owner);
        }
    }
}

static void
look_at_incident(struct sim *sim, const struct sim_incident *incident, uint64_t served_us)
{
    unsigned long long id = incident->id;
    bool shown = incident->shown && incident->shown_life == sim->life;
    if (!shown) {
        if (served_us - incident->open_us > SEEN_US) {
            sim_broken(sim, "lost", "open incident %llx is on no screen", id);
        }
        return;
    }
    if (incident->state == INCIDENT_CLAIMED) {
        look_at_owner(sim, incident, served_us);
    }
    if (incident->priority != PRIORITY_P1 || incident->test) {
        return;
    }
    if (incident->waits) {
        look_at_waiting(sim, incident, served_us);
    }
    if (incident->state == INCIDENT_CLAIMED && incident->alert < ALERT_SUPERVISOR &&
        served_us - incident->moved_us > 120 * S + SLACK_US) {
        sim_broken(sim, "limit", "incident %llx was claimed and has not moved", id);
    }
    if (incident->at_once && incident->police == ESCALATION_NONE &&
        served_us - incident->open_us > SEEN_US) {
        sim_broken(sim, "limit", "incident %llx has an active marker and no message", id);
    }
}

static void
look_at_incidents(struct sim *sim, uint64_t served_us)
{
    bool all = true;
    for (unsigned i = sim->first_open; i < sim->incidents_count && !sim->broken; i++) {
        const struct sim_incident *incident = &sim->incidents[i];
        bool open = incident->row && incident->state != INCIDENT_CLOSED;
        if (open) {
            look_at_incident(sim, incident, served_us);
        }
        all = all && incident->row && !open && !incident->shown;
        sim->first_open = all ? i + 1 : sim->first_open;
    }
}

/* REQ A28 TEST: a path that is silent is named in time, and so is its return. */
static void
look_at_path(struct sim *sim, const struct sim_unit *unit, const struct sim_path *path)
{
    uint64_t from_us = path->heard_us > sim->born_us ? path->heard_us : sim->born_us;
    uint64_t silent_us = sim->now_us - from_us;
    uint64_t interval_us = path->interval_s * S;
    if (!path->lost && silent_us > interval_us * 5 / 2 + 8 * S + SLACK_US) {
        sim_broken(sim, "path", "%s silent for %llu s, interval %u s, and nobody was told",
                   unit->id, (unsigned long long)(silent_us / S), path->interval_s);
    }
    if (path->lost && path->heard_us > path->said_us && silent_us > 8 * S + SLACK_US &&
        silent_us < interval_us) {
        sim_broken(sim, "path", "%s is back and still called lost", unit->id);
    }
}

static void
look_at_paths(struct sim *sim)
{
    if (sim->served_from_us == 0 || sim->now_us < sim->served_from_us + 12 * S) {
        return;
    }
    for (unsigned i = 0; i < sim->units_count && !sim->broken; i++) {
        for (unsigned path = 0; path < 2; path++) {
            if (sim->units[i].paths[path].used) {
                look_at_path(sim, &sim->units[i], &sim->units[i].paths[path]);
            }
        }
    }
}

void
oracle_look(struct sim *sim)
{
    uint64_t served_us = sim_served_us(sim);
    if (sim->now_us - sim->looked_us < LOOK_US || sim->broken) {
        return;
    }
    sim->looked_us = sim->now_us;
    look_at_signals(sim, served_us);
    look_at_incidents(sim, served_us);
    look_at_paths(sim);
    oracle_look_at_losses(sim);
}

static uint64_t
later(uint64_t from_us, uint64_t by_us, uint64_t now_us)
{
    return from_us + by_us < now_us ? from_us + by_us : now_us;
}

/* After a start nothing is on the screens until it is shown again. When the machine's clock was set
 * back meanwhile nobody can know how long ago the newest record was written: that time does not
 * count. */
void
oracle_started(struct sim *sim, bool set_back)
{
    uint64_t served_us = sim_served_us(sim);
    uint64_t excused_us = set_back ? served_us - sim->written_us : 0;
    for (unsigned i = sim->first_open; i < sim->incidents_count; i++) {
        struct sim_incident *incident = &sim->incidents[i];
        incident->shown = false;
        incident->gateway_us = 0;
        incident->open_us = served_us;
        incident->wait_us = later(incident->wait_us, excused_us, served_us);
        incident->moved_us = later(incident->moved_us, excused_us, served_us);
    }
}
