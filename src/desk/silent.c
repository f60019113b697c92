/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that fell silent or came back, and intervals learned from link tests. Nothing is decided
 * here: what supervision reports becomes a record, and counts when it comes back durable. A report
 * that could not be appended is made again at the path's next look.
 */
#include "desk/internal.h"

#define PATHS_PER_TURN 1024u

static void
desk_post_supervision(struct desk *desk, const struct supervision_out *out)
{
    Larwm__Journal__Supervision body = LARWM__JOURNAL__SUPERVISION__INIT;
    body.unit = (char *)(uintptr_t)out->unit; /* protobuf-c has no const strings */
    body.kind = (Larwm__SignalKind)out->report_kind;
    body.path = (Larwm__Path)out->path;
    body.both = out->both;
    body.ended = out->ended;
    body.last_seen_us = out->last_seen_us;
    body.other_seen_us = out->other_seen_us;
    body.interval_s = out->interval_s;
    body.observed_s = out->observed_s;
    body.learned_s = out->learned_s;
    desk_mass_fill(desk, out->tag, &body);
    (void)desk_post(desk, RECORD_SUPERVISION, &body.base);
}

static void
desk_silent_step(struct desk *desk, struct supervision_event *event)
{
    struct supervision_out out;
    supervision_step(desk->supervision, event, &out);
    if (out.report) {
        desk_post_supervision(desk, &out);
    }
}

static struct supervision_event
desk_silent_event(const struct desk *desk, const char *unit, uint32_t slot, enum path path)
{
    const struct last_seen *seen = desk->options.last_seen;
    struct last_seen_run run = last_seen_run(seen, slot, path);
    return (struct supervision_event){
        .kind = SUPERVISION_EXPIRED,
        .unit = unit,
        .path = path,
        .last_seen_ms = last_seen_ms(seen, slot, path),
        .other_seen_ms = last_seen_ms(seen, slot, path == PATH_BACKUP ? PATH_MAIN : PATH_BACKUP),
        .gap_ms = run.gap_ms,
        .gaps = run.count,
        .now_ms = clock_mono_ms(),
        .now_us = clock_wall_us()};
}

void
desk_silent_look(struct desk *desk)
{
    uint64_t now_ms = clock_mono_ms();
    struct supervision_unit unit;
    for (unsigned i = 0; i < PATHS_PER_TURN && supervision_expire(desk->supervision, now_ms, &unit);
         i++) {
        struct supervision_event event = desk_silent_event(desk, unit.id, unit.slot, unit.path);
        desk_silent_step(desk, &event);
    }
}

/* A signal is as good as a heartbeat: a path thought lost is back the moment it carries one. */
void
desk_silent_seen(struct desk *desk, const Larwm__Journal__Signal *signal)
{
    struct supervision_path path;
    enum path by = (enum path)signal->path;
    if (!supervision_any_down(desk->supervision) || signal->unit == NULL || by == PATH_NONE ||
        !supervision_find(desk->supervision, signal->unit, by, &path) ||
        path.state == SUPERVISION_OK) {
        return;
    }
    struct supervision_event event = desk_silent_event(desk, signal->unit, path.slot, by);
    event.kind = SUPERVISION_SEEN;
    event.last_seen_ms = event.now_ms;
    desk_silent_step(desk, &event);
}

static bool
desk_is_watched(const struct resolve_unit *unit)
{
    return unit->monitored &&
           (unit->status == UNIT_IN_SERVICE || unit->status == UNIT_FAULTY_IN_SERVICE);
}

/* Puts one path under supervision; false when there is no room for it. */
static bool
desk_watch_path(struct desk *desk, const struct resolve_unit *unit, enum path path)
{
    const struct resolve_path *from = &unit->paths[path - PATH_MAIN];
    struct supervision_out out;
    supervision_step(desk->supervision,
                     &(struct supervision_event){.kind = SUPERVISION_CONFIGURE,
                                                 .unit = unit->unit,
                                                 .path = path,
                                                 .slot = unit->slot,
                                                 .tag = desk_mass_tag(desk, unit),
                                                 .interval_s = from->interval_s,
                                                 .fallback_s = from->fallback_s,
                                                 .learned_s = from->learned_s,
                                                 .learned_pos = from->learned_pos,
                                                 .alone = !unit->paths[1].used,
                                                 .now_ms = clock_mono_ms(),
                                                 .now_us = clock_wall_us()},
                     &out);
    return !out.overload;
}

static void
desk_unwatch(struct desk *desk, const char *unit)
{
    struct supervision_out out;
    supervision_step(desk->supervision,
                     &(struct supervision_event){.kind = SUPERVISION_REMOVE,
                                                 .unit = unit,
                                                 .now_ms = clock_mono_ms(),
                                                 .now_us = clock_wall_us()},
                     &out);
    if (out.report) {
        desk_post_supervision(desk, &out);
    }
}

void
desk_silent_units(struct desk *desk, const struct resolve_unit *units, unsigned count)
{
    bool full = false;
    for (unsigned i = 0; i < count; i++) {
        if (!desk_is_watched(&units[i])) {
            desk_unwatch(desk, units[i].unit);
            continue;
        }
        full = !desk_watch_path(desk, &units[i], PATH_MAIN) || full;
        if (units[i].paths[1].used) {
            full = !desk_watch_path(desk, &units[i], PATH_BACKUP) || full;
        }
    }
    desk_condition_set(desk, DESK_CONDITION_SUPERVISION, full,
                       "more monitored paths than this daemon supervises");
    desk->status_dirty = true;
}

void
desk_silent_record(struct desk *desk, const Larwm__Journal__Supervision *body, uint64_t pos)
{
    struct supervision_out out;
    supervision_step(desk->supervision,
                     &(struct supervision_event){.kind = SUPERVISION_RECORD,
                                                 .unit = body->unit,
                                                 .path = (enum path)body->path,
                                                 .report = (uint8_t)body->kind,
                                                 .both = body->both,
                                                 .ended = body->ended,
                                                 .learned_s = body->learned_s,
                                                 .learned_pos = pos,
                                                 .now_ms = clock_mono_ms()},
                     &out);
}
