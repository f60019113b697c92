/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console protocol, both sides: what a client sends is framed and handled by request_take with
 * a session made of stand-ins; what larwmd sends is framed and glanced at by the client's side.
 * First byte of the input: bit 0 takes the rest as a raw stream, else as chunks that get a length
 * of their own; bit 1 lets the client's side read it; bit 2 the session has said Hello, with the
 * role of bits 4 to 6; bit 3 the desk is still replaying.
 *
 * Promises: frames do not depend on the cuts; each request has exactly one answer: a frame, or a
 * record on its way; a record says who the session is, whatever the frame says, and passes the
 * checks again; nothing is answered "ok" before the journal has it; what larwmd sends is read by a
 * client as what it is.
 */
#include "client/console_wire.h"
#include "fuzz_core.h"
#include "larwm/vocabulary.h"
#include "outlet/authority.h"
#include "outlet/check.h"
#include "outlet/internal.h"
#include "outlet/request.h"
#include "outlet/wire.h"

#include <stdlib.h>
#include <string.h>

#define STREAM_MAX 300000u
#define ENTRIES 8u

static struct outlet outlet;
static struct client_session session;

static struct
{
    unsigned sent;
    unsigned records; /* of the session, not of presence */
} seen;

/* The session's side of request.c and greet.c. */

uint64_t
client_session_handle(const struct client_session *whose)
{
    FUZZ_CHECK(whose == &session);
    return 1;
}

struct client_session *
outlet_session_of(struct outlet *whose, uint64_t handle)
{
    FUZZ_CHECK(whose == &outlet && handle == 1);
    return &session;
}

/* A client reads it as what larwmd meant. */
void
client_session_send(struct client_session *whose, struct buffer *buffer)
{
    struct console_glance glance;
    FUZZ_CHECK(whose == &session && buffer != NULL && buffer->size > WIRE_LENGTH);
    size_t size = buffer->size - WIRE_LENGTH;
    Larwm__Console__ServerFrame *frame =
        larwm__console__server_frame__unpack(NULL, size, buffer->bytes + WIRE_LENGTH);
    FUZZ_CHECK(frame != NULL && console_glance(buffer->bytes + WIRE_LENGTH, size, &glance));
    FUZZ_CHECK(frame->body_case == glance.kind);
    if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT) {
        FUZZ_CHECK(!frame->result->ok && frame->result->refusal[0] != '\0');
    } else if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME) {
        FUZZ_CHECK(strcmp(frame->welcome->user, session.user) == 0);
        fuzz_check_text(frame->welcome->user, LIMIT_USER);
    }
    larwm__console__server_frame__free_unpacked(frame, NULL);
    buffer_drop(&outlet.hub.store, buffer);
    seen.sent += 1;
}

void
client_session_refuse(struct client_session *whose, uint64_t ref, const char *refusal,
                      const char *detail)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    result.ref = ref;
    result.refusal = (char *)(uintptr_t)refusal;
    result.detail = (char *)(uintptr_t)detail;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    client_session_send(whose, wire_server_frame(&outlet.hub.store, &frame));
}

void
client_session_refuse_and_close(struct client_session *whose, uint64_t ref, const char *refusal,
                                const char *detail)
{
    client_session_refuse(whose, ref, refusal, detail);
    whose->state = SESSION_LAST_WORD;
}

void
client_session_flush(struct client_session *whose)
{
    FUZZ_CHECK(whose == &session);
}

void
client_session_follow_from(struct client_session *whose, uint64_t after)
{
    FUZZ_CHECK(whose == &session && outlet.hub.ready && after <= outlet.hub.sequence);
    whose->follow = FOLLOW_DELTAS;
}

void
client_session_follow_snapshot(struct client_session *whose)
{
    FUZZ_CHECK(whose == &session && outlet.hub.ready);
    whose->follow = FOLLOW_SNAPSHOT;
}

static void
check_action_record(const struct flow_entry *entry)
{
    const char *detail = NULL;
    Larwm__Journal__Action *action = larwm__journal__action__unpack(NULL, entry->size, entry->body);
    FUZZ_CHECK(action != NULL && action->base.n_unknown_fields == 0);
    FUZZ_CHECK(strcmp(action->user, session.user) == 0 && (int)action->role == session.role);
    FUZZ_CHECK(check_action(action, &detail) == NULL);
    FUZZ_CHECK(authority_allows((int)action->kind, session.role));
    larwm__journal__action__free_unpacked(action, NULL);
}

static void
check_police_record(const struct flow_entry *entry)
{
    const char *detail = NULL;
    Larwm__Journal__Police *police = larwm__journal__police__unpack(NULL, entry->size, entry->body);
    FUZZ_CHECK(police != NULL && police->base.n_unknown_fields == 0);
    FUZZ_CHECK(session.role == ROLE_POLICE_GATEWAY && check_police(police, &detail) == NULL);
    larwm__journal__police__free_unpacked(police, NULL);
}

/* Looks at the records on their way; the journal takes every other one. */
static void
take_records(void)
{
    struct flow_entry *entry;
    while (ring_pop(&outlet.port.entries, &entry)) {
        FUZZ_CHECK(outlet.hub.ready && entry->size <= OUTLET_RECORD_MAX);
        bool own = entry->type != RECORD_PRESENCE;
        FUZZ_CHECK(entry->handle == own);
        if (entry->type == RECORD_ACTION) {
            check_action_record(entry);
        } else if (entry->type == RECORD_POLICE) {
            check_police_record(entry);
        } else {
            FUZZ_CHECK(entry->type == RECORD_PRESENCE && session.user[0] != '\0');
        }
        seen.records += own;
        bool failed = own && (entry->ref & 1) != 0;
        struct flow_ticket ticket = {.handle = entry->handle,
                                     .ref = entry->ref,
                                     .failed = failed ? entry : NULL,
                                     .error = failed ? ERROR_IO : ERROR_NONE};
        unsigned before = seen.sent;
        request_ticket(&outlet, &ticket);
        FUZZ_CHECK(seen.sent == before + failed);
        seen.sent = before;
        if (!failed) {
            pool_give(&outlet.pool, entry);
        }
    }
    FUZZ_CHECK(session.requests == 0);
}

static void
take_request(const uint8_t *frame, size_t size)
{
    seen.sent = seen.records = 0;
    request_take(&session, frame, size);
    take_records();
    FUZZ_CHECK(seen.sent + seen.records == 1);
    FUZZ_CHECK(session.state == SESSION_ACTIVE || session.state == SESSION_LAST_WORD);
    FUZZ_CHECK(pool_available(&outlet.pool) == ENTRIES);
}

/* The same bytes through both readers, one whole and one in cuts. */
static void
take_stream(const uint8_t *bytes, size_t size, bool to_client)
{
    struct frame_reader reader = {0};
    struct console_reader cut = {0};
    enum error error = ERROR_AGAIN;
    size_t fed = 0;
    size_t fed_cut = 0;
    size_t step = 1 + size % 7;
    while (error == ERROR_AGAIN && fed < size) {
        uint8_t *room;
        size_t left;
        FUZZ_CHECK(frame_reader_room(&reader, &room, &left) == ERROR_NONE && left > 0);
        left = left < size - fed ? left : size - fed;
        memcpy(room, bytes + fed, left);
        frame_reader_fed(&reader, left);
        fed += left;
        const uint8_t *frame;
        const uint8_t *same;
        size_t frame_size;
        size_t same_size;
        while (session.state <= SESSION_ACTIVE &&
               (error = frame_reader_next(&reader, &frame, &frame_size)) != ERROR_AGAIN) {
            enum error other = console_reader_next(&cut, &same, &same_size);
            while (other == ERROR_AGAIN && fed_cut < fed) {
                FUZZ_CHECK(console_reader_room(&cut, &room, &left) == ERROR_NONE && left > 0);
                left = left < step ? left : step;
                left = left < fed - fed_cut ? left : fed - fed_cut;
                memcpy(room, bytes + fed_cut, left);
                console_reader_fed(&cut, left);
                fed_cut += left;
                other = console_reader_next(&cut, &same, &same_size);
            }
            FUZZ_CHECK(error == other);
            if (error != ERROR_NONE) {
                break;
            }
            FUZZ_CHECK(frame_size == same_size && memcmp(frame, same, frame_size) == 0);
            if (!to_client) {
                take_request(frame, frame_size);
            }
        }
        if (session.state > SESSION_ACTIVE) {
            break;
        }
    }
    frame_reader_free(&reader);
    console_reader_free(&cut);
}

/* What a client glances at is what the whole frame says. */
static void
take_server_frame(const uint8_t *bytes, size_t size)
{
    struct console_glance glance;
    bool glanced = console_glance(bytes, size, &glance);
    Larwm__Console__ServerFrame *frame = larwm__console__server_frame__unpack(NULL, size, bytes);
    if (frame == NULL) {
        return;
    }
    FUZZ_CHECK(!glanced || frame->body_case == glance.kind);
    size_t packed_size = larwm__console__server_frame__get_packed_size(frame);
    uint8_t *packed = malloc(packed_size + 1);
    FUZZ_CHECK(packed != NULL);
    (void)larwm__console__server_frame__pack(frame, packed);
    bool known = frame->base.n_unknown_fields == 0 && frame->body_case != 0;
    FUZZ_CHECK(!known || console_glance(packed, packed_size, &glance));
    if (known && frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT) {
        FUZZ_CHECK(glance.sequence == frame->snapshot->sequence);
        FUZZ_CHECK(glance.last == (frame->snapshot->last != 0));
    } else if (known && frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA) {
        FUZZ_CHECK(glance.sequence == frame->delta->sequence);
    } else if (known && frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_TICK) {
        FUZZ_CHECK(glance.sequence == frame->tick->sequence);
    }
    free(packed);
    larwm__console__server_frame__free_unpacked(frame, NULL);
}

static void
begin(unsigned mode)
{
    if (outlet.pool.memory == NULL) {
        FUZZ_CHECK(pool_init(&outlet.pool, ENTRIES,
                             sizeof(struct flow_entry) + OUTLET_RECORD_MAX) == ERROR_NONE);
        FUZZ_CHECK(ring_init(&outlet.port.entries, 2 * ENTRIES, sizeof(struct flow_entry *)) ==
                   ERROR_NONE);
        FUZZ_CHECK(hub_init(&outlet.hub, 7, 16, 1u << 20) == ERROR_NONE);
        outlet.backlog_bytes = LIMIT_CLIENT_BACKLOG;
    }
    outlet.hub.ready = (mode & 8) == 0;
    memset(&outlet.presence, 0, sizeof outlet.presence);
    session = (struct client_session){.magic = SESSION_MAGIC,
                                      .outlet = &outlet,
                                      .roles = ~0u,
                                      .presence = PRESENCE_NONE,
                                      .state = SESSION_GREETING};
    if ((mode & 4) != 0) {
        session.state = SESSION_ACTIVE;
        session.role = (int)(mode >> 4 & 7);
        (void)strcpy(session.user, "invented");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t chunks[STREAM_MAX];
    struct fuzz_input input = {data, data + size};
    unsigned mode = fuzz_take_8(&input);
    bool to_client = (mode & 2) != 0;
    size_t used = 0;
    begin(mode);
    if ((mode & 1) != 0) {
        take_stream(input.at, (size_t)(input.end - input.at), to_client);
        return 0;
    }
    while (input.at < input.end && used + CONSOLE_LENGTH + 65536 < STREAM_MAX) {
        size_t part = fuzz_take_16(&input);
        const uint8_t *bytes = fuzz_take_bytes(&input, &part);
        if (to_client) {
            take_server_frame(bytes, part);
        }
        console_put_length(chunks + used, part);
        memcpy(chunks + used + CONSOLE_LENGTH, bytes, part);
        used += CONSOLE_LENGTH + part;
    }
    uint8_t *stream = fuzz_copy(chunks, used);
    take_stream(stream, used, to_client);
    free(stream);
    return 0;
}
