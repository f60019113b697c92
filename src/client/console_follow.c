/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving half of console_client: numbers are checked before anything is passed on, so that
 * the caller never sees a gap, and a frame is unpacked only when a callback wants it.
 */
#include "client/console_internal.h"

#include <stdio.h>

/* Larwmd answers a Hello it does not accept with a Result, then closes. */
static void
take_refusal(struct console_client *client, const Larwm__Console__Result *result)
{
    (void)snprintf(client->refusal, sizeof client->refusal, "%.40s: %.100s", result->refusal,
                   result->detail);
}

static void
take_welcome(struct console_client *client, const Larwm__Console__Welcome *welcome)
{
    client->state = CLIENT_UP;
    client->retry_ms = CONSOLE_FIRST_RETRY_MS;
    if (!welcome->resumed) {
        client->whole = false;
        client->sequence = welcome->sequence;
    }
    client->stream = welcome->stream;
    if (client->options.callbacks.on_up != NULL) {
        client->options.callbacks.on_up(client->options.data, welcome);
    }
}

/* Is this frame the next one? Moves the numbers on. False: a gap, the connection is dropped. */
static bool
in_order(struct console_client *client, const struct console_glance *glance)
{
    switch (glance->kind) {
        case LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT:
            if (!client->in_snapshot) {
                client->sequence = glance->sequence;
            }
            return true;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA:
            if (glance->sequence != client->sequence + 1) {
                break;
            }
            client->sequence = glance->sequence;
            return true;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_TICK:
            if (client->whole && !client->in_snapshot && glance->sequence > client->sequence) {
                break;
            }
            return true;
        default:
            return true;
    }
    client_drop(client, ERROR_MALFORMED, "a gap in the stream: resuming");
    return false;
}

static bool
is_wanted(const struct console_client_callbacks *callbacks, const struct console_glance *glance)
{
    bool incident = callbacks->on_incident != NULL || callbacks->on_status != NULL;
    switch (glance->kind) {
        case LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME:
            return true;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT:
        case LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA:
            return incident;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_TICK:
            return callbacks->on_tick != NULL;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT:
            return callbacks->on_result != NULL;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL:
            return callbacks->on_credential != NULL;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_PONG:
            return callbacks->on_pong != NULL;
        default:
            return false;
    }
}

static void
give_incident(struct console_client *client, const Larwm__Console__Incident *incident)
{
    if (!client->closing && incident != NULL && client->options.callbacks.on_incident != NULL) {
        client->options.callbacks.on_incident(client->options.data, incident);
    }
}

static void
give_status(struct console_client *client, const Larwm__Console__Status *status)
{
    if (!client->closing && status != NULL && client->options.callbacks.on_status != NULL) {
        client->options.callbacks.on_status(client->options.data, status);
    }
}

static void
give_snapshot(struct console_client *client, const Larwm__Console__Snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_incidents; i++) {
        give_incident(client, snapshot->incidents[i]);
    }
    give_status(client, snapshot->status);
}

/* One unpacked frame to the callback it belongs to. */
static void
give(struct console_client *client, const Larwm__Console__ServerFrame *frame)
{
    const struct console_client_callbacks *callbacks = &client->options.callbacks;
    void *data = client->options.data;
    switch (frame->body_case) {
        case LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME:
            take_welcome(client, frame->welcome);
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT:
            give_snapshot(client, frame->snapshot);
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA:
            if (frame->delta->body_case == LARWM__CONSOLE__DELTA__BODY_INCIDENT) {
                give_incident(client, frame->delta->incident);
            } else if (frame->delta->body_case == LARWM__CONSOLE__DELTA__BODY_STATUS) {
                give_status(client, frame->delta->status);
            }
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_TICK:
            callbacks->on_tick(data, frame->tick);
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT:
            callbacks->on_result(data, frame->result);
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL:
            callbacks->on_credential(data, frame->credential);
            break;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_PONG:
            callbacks->on_pong(data, frame->pong);
            break;
        default:
            break;
    }
}

static void
begin_snapshot(struct console_client *client)
{
    client->in_snapshot = true;
    if (client->options.callbacks.on_snapshot_begin != NULL) {
        client->options.callbacks.on_snapshot_begin(client->options.data);
    }
}

static void
end_snapshot(struct console_client *client)
{
    client->in_snapshot = false;
    client->whole = true;
    if (client->options.callbacks.on_snapshot_end != NULL) {
        client->options.callbacks.on_snapshot_end(client->options.data);
    }
}

/* The raw frame, to relays. A Welcome is taken in first, so that its stream is the one told. */
static void
give_raw(struct console_client *client, const struct console_glance *glance, const uint8_t *bytes,
         size_t size)
{
    if (client->closing || client->options.callbacks.on_frame == NULL) {
        return;
    }
    struct console_frame frame = {.kind = glance->kind,
                                  .stream = client->stream,
                                  .sequence = glance->sequence,
                                  .bytes = bytes,
                                  .size = size};
    client->options.callbacks.on_frame(client->options.data, &frame);
}

static Larwm__Console__ServerFrame *
unpack(struct console_client *client, const uint8_t *bytes, size_t size)
{
    Larwm__Console__ServerFrame *frame = larwm__console__server_frame__unpack(NULL, size, bytes);
    if (frame == NULL) {
        client_drop(client, ERROR_MALFORMED, "larwmd sent what is not a ServerFrame");
    }
    return frame;
}

/* Before the Welcome: that, or why not. */
static void
take_greeting(struct console_client *client, const struct console_glance *glance,
              const uint8_t *bytes, size_t size)
{
    Larwm__Console__ServerFrame *frame = unpack(client, bytes, size);
    if (frame == NULL) {
        return;
    }
    if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME) {
        take_welcome(client, frame->welcome);
        give_raw(client, glance, bytes, size);
    } else if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT) {
        take_refusal(client, frame->result);
    } else {
        client_drop(client, ERROR_MALFORMED, "larwmd sent no Welcome");
    }
    larwm__console__server_frame__free_unpacked(frame, NULL);
}

static void
take_frame(struct console_client *client, const uint8_t *bytes, size_t size)
{
    struct console_glance glance;
    if (!console_glance(bytes, size, &glance)) {
        client_drop(client, ERROR_MALFORMED, "larwmd sent what is not a ServerFrame");
        return;
    }
    if (client->state == CLIENT_GREETING) {
        take_greeting(client, &glance, bytes, size);
        return;
    }
    if (!in_order(client, &glance)) {
        return;
    }
    bool snapshot = glance.kind == LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT;
    if (snapshot && !client->in_snapshot) {
        begin_snapshot(client);
    }
    give_raw(client, &glance, bytes, size);
    if (!client->closing && is_wanted(&client->options.callbacks, &glance)) {
        Larwm__Console__ServerFrame *frame = unpack(client, bytes, size);
        if (frame == NULL) {
            return;
        }
        give(client, frame);
        larwm__console__server_frame__free_unpacked(frame, NULL);
    }
    if (snapshot && glance.last && !client->closing) {
        end_snapshot(client);
    }
}

void
client_take_frames(struct console_client *client)
{
    while (!client->closing && !client->paused &&
           (client->state == CLIENT_GREETING || client->state == CLIENT_UP)) {
        const uint8_t *bytes;
        size_t size;
        enum error error = console_reader_next(&client->reader, &bytes, &size);
        if (error == ERROR_AGAIN) {
            return;
        }
        if (error != ERROR_NONE) {
            client_drop(client, error, "larwmd does not speak this protocol");
            return;
        }
        take_frame(client, bytes, size);
    }
}
