/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/hub.h"

#include "base/log.h"
#include "base/require.h"
#include "larwm/limits.h"
#include "outlet/wire.h"

#include <stdlib.h>

#define FRAME_MARGIN 64u /* tags, number and flag of a Snapshot frame */

enum error
hub_init(struct hub *hub, uint64_t stream, unsigned deltas_kept, size_t bytes_kept)
{
    require(stream != 0 && deltas_kept > 0 && bytes_kept > 0);
    *hub = (struct hub){.stream = stream, .kept_max = deltas_kept, .bytes_max = bytes_kept};
    hub->oldest = 1;
    uint64_t slots = 4;
    while (slots < deltas_kept) {
        slots *= 2;
    }
    hub->kept_mask = slots - 1;
    hub->kept = calloc(slots, sizeof *hub->kept);
    if (hub->kept == NULL) {
        return ERROR_MEMORY;
    }
    enum error error = incident_table_init(&hub->incidents, LIMIT_INCIDENTS_OPEN);
    if (error != ERROR_NONE) {
        free(hub->kept);
        hub->kept = NULL;
    }
    return error;
}

void
hub_free(struct hub *hub)
{
    for (; hub->oldest <= hub->sequence; hub->oldest++) {
        buffer_drop(&hub->store, hub->kept[hub->oldest & hub->kept_mask].buffer);
    }
    free(hub->kept);
    hub->kept = NULL;
    incident_table_free(&hub->incidents, &hub->store);
    buffer_drop(&hub->store, hub->status);
    buffer_drop(&hub->store, hub->tick);
    hub->status = NULL;
    hub->tick = NULL;
    credentials_free(&hub->credentials);
    buffer_store_free(&hub->store);
}

/* Bytes of the deltas still kept. */
static uint64_t
kept_bytes(const struct hub *hub)
{
    return hub->oldest > hub->sequence
               ? 0
               : hub->bytes_total - hub->kept[hub->oldest & hub->kept_mask].bytes_before;
}

static void
drop_oldest(struct hub *hub)
{
    struct hub_kept *kept = &hub->kept[hub->oldest & hub->kept_mask];
    buffer_drop(&hub->store, kept->buffer);
    *kept = (struct hub_kept){0};
    hub->oldest += 1;
}

/* A number is used up without a delta: nobody can go on across it. */
static void
keep_nothing(struct hub *hub)
{
    while (hub->oldest <= hub->sequence) {
        drop_oldest(hub);
    }
    hub->sequence += 1;
    hub->oldest = hub->sequence + 1;
}

static void
keep(struct hub *hub, struct buffer *buffer)
{
    while (hub->oldest <= hub->sequence && hub->sequence - hub->oldest + 1 >= hub->kept_max) {
        drop_oldest(hub);
    }
    hub->sequence += 1;
    hub->kept[hub->sequence & hub->kept_mask] = (struct hub_kept){
        .buffer = buffer_hold(buffer),
        .bytes_before = hub->bytes_total,
    };
    hub->bytes_total += buffer->size;
    while (hub->oldest < hub->sequence && kept_bytes(hub) > hub->bytes_max) {
        drop_oldest(hub);
    }
}

/* Frames one state change and, once clients can be there, gives it a number. */
static struct buffer *
publish(struct hub *hub, enum wire_delta_field field, const struct flow_delta *delta)
{
    uint64_t number = hub->ready ? hub->sequence + 1 : 0;
    struct buffer *buffer = wire_delta(&hub->store, number, field, delta->body, delta->size);
    if (hub->ready && buffer != NULL) {
        keep(hub, buffer);
    } else if (hub->ready) {
        keep_nothing(hub);
    }
    return buffer;
}

static enum error
lost(const struct flow_delta *delta)
{
    if (delta->size > LIMIT_CONSOLE_FRAME / 2) {
        log_error("outlet", "a change of %u bytes is too large to be sent", delta->size);
        return ERROR_TOO_LARGE;
    }
    log_error("outlet", "no memory for a change: clients take a snapshot");
    return ERROR_MEMORY;
}

static enum error
apply_incident(struct hub *hub, const struct flow_delta *delta)
{
    require(delta->key != 0);
    struct buffer *buffer = publish(hub, WIRE_DELTA_INCIDENT, delta);
    if (!delta->open) {
        incident_table_remove(&hub->incidents, &hub->store, delta->key);
    } else if (buffer != NULL &&
               !incident_table_put(&hub->incidents, &hub->store, delta->key, buffer)) {
        log_error("outlet", "more than %u open incidents: one is missing from snapshots",
                  LIMIT_INCIDENTS_OPEN);
    }
    if (buffer == NULL) {
        return lost(delta);
    }
    buffer_drop(&hub->store, buffer);
    return ERROR_NONE;
}

static enum error
apply_status(struct hub *hub, const struct flow_delta *delta)
{
    struct buffer *buffer = publish(hub, WIRE_DELTA_STATUS, delta);
    if (buffer == NULL) {
        return lost(delta);
    }
    buffer_drop(&hub->store, hub->status);
    hub->status = buffer;
    return ERROR_NONE;
}

static enum error
apply_tick(struct hub *hub, const struct flow_delta *delta)
{
    Larwm__Console__Tick tick = LARWM__CONSOLE__TICK__INIT;
    tick.server_time_us = delta->server_time_us;
    tick.sequence = hub->sequence;
    tick.database_up = delta->database_up;
    tick.journal_ok = delta->journal_ok;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_TICK;
    frame.tick = &tick;
    struct buffer *buffer = wire_server_frame(&hub->store, &frame);
    if (buffer != NULL) {
        /* A missed tick is made good by the next one, half a second later. */
        buffer_drop(&hub->store, hub->tick);
        hub->tick = buffer;
        hub->tick_no += 1;
    }
    return ERROR_NONE;
}

enum error
hub_apply(struct hub *hub, const struct flow_delta *delta)
{
    switch ((enum flow_delta_kind)delta->kind) {
        case DELTA_INCIDENT:
            return apply_incident(hub, delta);
        case DELTA_STATUS:
            return apply_status(hub, delta);
        case DELTA_TICK:
            return apply_tick(hub, delta);
        case DELTA_CREDENTIAL:
            if (!credentials_put(&hub->credentials, delta->body, delta->size)) {
                log_error("outlet", "one user of the directory cannot be taken in");
            }
            return ERROR_NONE;
        case DELTA_CREDENTIALS_BEGIN:
            credentials_begin(&hub->credentials);
            return ERROR_NONE;
        case DELTA_CREDENTIALS_END:
            credentials_end(&hub->credentials);
            return ERROR_NONE;
        case DELTA_READY:
            hub->ready = true;
            return ERROR_NONE;
        case DELTA_RESULT:
            break;
    }
    require(false); /* a result goes to its session, and there is no other kind */
    return ERROR_NONE;
}

struct buffer *
hub_delta(const struct hub *hub, uint64_t number)
{
    if (number < hub->oldest || number > hub->sequence) {
        return NULL;
    }
    return hub->kept[number & hub->kept_mask].buffer;
}

uint64_t
hub_bytes_from(const struct hub *hub, uint64_t number)
{
    if (number > hub->sequence) {
        return 0;
    }
    if (number < hub->oldest) {
        return UINT64_MAX;
    }
    return hub->bytes_total - hub->kept[number & hub->kept_mask].bytes_before;
}

bool
hub_can_resume(const struct hub *hub, uint64_t stream, uint64_t after)
{
    return hub->ready && stream == hub->stream && after <= hub->sequence &&
           after + 1 >= hub->oldest;
}

struct hub_walk
hub_walk_begin(const struct hub *hub)
{
    return (struct hub_walk){.sequence = hub->sequence};
}

/* How far one frame reaches from `from`: the first place it leaves out, and the size of what goes
 * in. */
static unsigned
frame_end(const struct hub *hub, unsigned from, size_t *ret_size)
{
    size_t size = 0;
    unsigned place = from;
    for (; place < hub->incidents.top; place++) {
        const struct buffer *buffer = hub->incidents.places[place].buffer;
        if (buffer == NULL) {
            continue;
        }
        size_t more = wire_incident_size(buffer->body_size);
        if (size > 0 && size + more > HUB_SNAPSHOT_FRAME) {
            break;
        }
        size += more;
    }
    *ret_size = size;
    return place;
}

struct buffer *
hub_walk_next(struct hub *hub, struct hub_walk *walk)
{
    require(!walk->done);
    size_t size;
    unsigned end = frame_end(hub, walk->place, &size);
    size_t status_size = hub->status == NULL ? 0 : wire_incident_size(hub->status->body_size);
    /* When the status does not fit beside the last incidents it gets a frame of its own. */
    bool fits = size == 0 || size + status_size + FRAME_MARGIN <= LIMIT_CONSOLE_FRAME;
    bool last = end >= hub->incidents.top && fits;
    const struct buffer *status = last ? hub->status : NULL;
    size_t at;
    struct buffer *frame =
        wire_snapshot_begin(&hub->store, walk->sequence, size, status, last, &at);
    if (frame == NULL) {
        return NULL;
    }
    for (unsigned place = walk->place; place < end; place++) {
        const struct buffer *buffer = hub->incidents.places[place].buffer;
        if (buffer != NULL) {
            wire_snapshot_put(frame, &at, buffer->bytes + buffer->body_at, buffer->body_size);
        }
    }
    wire_snapshot_end(frame, at, status, last);
    walk->place = end;
    walk->done = last;
    return frame;
}
