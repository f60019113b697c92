/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: a frame is unpacked, checked for form (check.c) and right (authority.c), packed with
 * the session's own user and role into an entry and pushed to the journal; the desk answers.
 *
 * Failures: an unreadable or unknown frame ends the session; a request that is not well formed or
 * not allowed is refused; no block left: BUSY; the journal cannot write: JOURNAL_DOWN. Nothing is
 * dropped without an answer.
 *
 * On close: records on their way stay on their way; their tickets find no session and are dropped.
 */
#include "outlet/request.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "outlet/authority.h"
#include "outlet/check.h"
#include "outlet/counts.h"
#include "outlet/internal.h"
#include "outlet/session.h"
#include "outlet/wire.h"

#include <string.h>

/* A block for one record, or NULL when none is left. */
static struct flow_entry *
take_entry(struct outlet *outlet, enum record_type type, uint64_t handle, uint64_t ref)
{
    struct flow_entry *entry = pool_take(&outlet->pool);
    if (entry != NULL) {
        *entry = (struct flow_entry){.home = &outlet->pool,
                                     .handle = handle,
                                     .ref = ref,
                                     .type = (uint8_t)type,
                                     .taken_mono_us = clock_mono_us()};
    }
    return entry;
}

static void
push_entry(struct outlet *outlet, struct flow_entry *entry, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    require(size <= OUTLET_RECORD_MAX); /* the checks of check.c leave no room for more */
    entry->size = (uint32_t)protobuf_c_message_pack(message, entry->body);
    bool pushed = ring_push(&outlet->port.entries, &entry);
    require(pushed); /* the ring holds as many as the pool has blocks */
    if (outlet->port.journal != NULL) {
        waker_wake(outlet->port.journal);
    }
}

/* Puts a checked request of a session on its way, or refuses it. */
static void
journal_request(struct client_session *session, enum record_type type, uint64_t ref,
                ProtobufCMessage *message)
{
    struct outlet *outlet = session->outlet;
    if (!outlet->hub.ready) {
        client_session_refuse(session, ref, REFUSAL_BUSY, "larwmd is still reading its journal");
        return;
    }
    if (session->requests >= SESSION_REQUESTS_MAX) {
        client_session_refuse(session, ref, REFUSAL_BUSY,
                              "too many requests at once: wait for answers");
        return;
    }
    struct flow_entry *entry = take_entry(outlet, type, client_session_handle(session), ref);
    if (entry == NULL) {
        client_session_refuse(session, ref, REFUSAL_BUSY, "larwmd has no room: try again");
        return;
    }
    session->requests += 1;
    /* Fields this version does not know were not checked, so they are no part of the record.
     * Freeing the frame needs their count again. */
    unsigned unknown = message->n_unknown_fields;
    message->n_unknown_fields = 0;
    push_entry(outlet, entry, message);
    message->n_unknown_fields = unknown;
}

static void
take_action(struct client_session *session, uint64_t ref, Larwm__Journal__Action *action)
{
    const char *detail = "";
    const char *refusal = check_action(action, &detail);
    if (refusal == NULL && !authority_allows((int)action->kind, session->role)) {
        refusal = REFUSAL_NOT_ALLOWED;
        detail = "not with this role";
    }
    if (refusal != NULL) {
        client_session_refuse(session, ref, refusal, detail);
        return;
    }
    /* Who acts is what the session is, whatever the frame says. The frame's own strings are put
     * back so that freeing it stays right. */
    char *said = action->user;
    action->user = session->user;
    action->role = (Larwm__Role)session->role;
    journal_request(session, RECORD_ACTION, ref, &action->base);
    action->user = said;
}

static void
take_police(struct client_session *session, uint64_t ref, Larwm__Journal__Police *police)
{
    const char *detail = "";
    const char *refusal = check_police(police, &detail);
    if (refusal == NULL && !authority_allows(AUTHORITY_POLICE_REPORT, session->role)) {
        refusal = REFUSAL_NOT_ALLOWED;
        detail = "only a police gateway reports";
    }
    if (refusal != NULL) {
        client_session_refuse(session, ref, refusal, detail);
        return;
    }
    journal_request(session, RECORD_POLICE, ref, &police->base);
}

static void
take_credential_query(struct client_session *session, uint64_t ref,
                      const Larwm__Console__CredentialQuery *query)
{
    if (!authority_allows(AUTHORITY_CREDENTIAL, session->role)) {
        client_session_refuse(session, ref, REFUSAL_NOT_ALLOWED,
                              "only a web gateway asks for this");
        return;
    }
    struct hub *hub = &session->outlet->hub;
    const struct credential *known = credentials_find(&hub->credentials, query->user);
    if (known != NULL) {
        uint8_t tail[WIRE_CREDENTIAL_TAIL];
        size_t tail_size = wire_credential_tail(tail, ref);
        client_session_send(session, wire_message(&hub->store, WIRE_CREDENTIAL, known->body,
                                                  known->size, tail, tail_size));
        return;
    }
    Larwm__Console__Credential unknown = LARWM__CONSOLE__CREDENTIAL__INIT;
    unknown.ref = ref;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL;
    frame.credential = &unknown;
    client_session_send(session, wire_server_frame(&hub->store, &frame));
}

static void
take_ping(struct client_session *session, const Larwm__Console__Ping *ping)
{
    Larwm__Console__Pong pong = LARWM__CONSOLE__PONG__INIT;
    pong.client_time_us = ping->client_time_us;
    pong.server_time_us = clock_wall_us();
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_PONG;
    frame.pong = &pong;
    client_session_send(session, wire_server_frame(&session->outlet->hub.store, &frame));
}

static void
take_counters_query(struct client_session *session, uint64_t ref)
{
    if (!authority_allows(AUTHORITY_COUNTERS, session->role)) {
        client_session_refuse(session, ref, REFUSAL_NOT_ALLOWED, "not with this role");
        return;
    }
    client_session_send(session, counts_frame(&session->outlet->hub.store, ref));
}

/* Everything after Hello. */
static void
take_request(struct client_session *session, Larwm__Console__ClientFrame *frame)
{
    switch (frame->body_case) {
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION:
            take_action(session, frame->ref, frame->action);
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_POLICE:
            take_police(session, frame->ref, frame->police);
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_CREDENTIAL:
            take_credential_query(session, frame->ref, frame->credential);
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_PING:
            take_ping(session, frame->ping);
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_COUNTERS:
            take_counters_query(session, frame->ref);
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO:
            counter_add(client_frames_malformed, 1);
            client_session_refuse_and_close(session, frame->ref, REFUSAL_BAD_REQUEST,
                                            "a second Hello");
            return;
        case LARWM__CONSOLE__CLIENT_FRAME__BODY__NOT_SET:
        case _LARWM__CONSOLE__CLIENT_FRAME__BODY__CASE_IS_INT_SIZE:
            break;
    }
    counter_add(client_frames_malformed, 1);
    client_session_refuse_and_close(session, frame->ref, REFUSAL_UNKNOWN,
                                    "a kind of frame this larwmd does not know");
}

void
request_take(struct client_session *session, const uint8_t *bytes, size_t size)
{
    Larwm__Console__ClientFrame *frame = larwm__console__client_frame__unpack(NULL, size, bytes);
    if (frame == NULL) {
        counter_add(client_frames_malformed, 1);
        client_session_refuse_and_close(session, 0, REFUSAL_MALFORMED, "not a ClientFrame");
        return;
    }
    if (session->state == SESSION_ACTIVE) {
        take_request(session, frame);
    } else if (frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO) {
        greet_session(session, frame->ref, frame->hello);
    } else {
        counter_add(client_frames_malformed, 1);
        client_session_refuse_and_close(session, frame->ref, REFUSAL_HELLO_FIRST,
                                        "the first frame must be a Hello");
    }
    larwm__console__client_frame__free_unpacked(frame, NULL);
}

static void
request_failed(struct outlet *outlet, const struct flow_ticket *ticket)
{
    struct client_session *session = outlet_session_of(outlet, ticket->handle);
    if (session != NULL) {
        client_session_refuse(session, ticket->ref, REFUSAL_JOURNAL_DOWN,
                              error_text(ticket->error));
        client_session_flush(session);
    }
}

void
request_ticket(struct outlet *outlet, const struct flow_ticket *ticket)
{
    bool durable = ticket->error == ERROR_NONE;
    if (ticket->handle == 0) {
        presence_settled(&outlet->presence, (int)ticket->ref, durable);
    } else {
        struct client_session *session = outlet_session_of(outlet, ticket->handle);
        if (session != NULL) {
            require(session->requests > 0);
            session->requests -= 1;
        }
        if (!durable) {
            request_failed(outlet, ticket);
        }
    }
    if (ticket->failed != NULL) {
        pool_give(&outlet->pool, ticket->failed);
    }
}

void
request_presence(struct outlet *outlet)
{
    if (!outlet->hub.ready) {
        return; /* a record before the replay is over would be applied out of order */
    }
    int due = presence_due(&outlet->presence, 0);
    while (due != PRESENCE_NONE) {
        struct flow_entry *entry = take_entry(outlet, RECORD_PRESENCE, 0, (uint64_t)due);
        if (entry == NULL) {
            return;
        }
        presence_sent(&outlet->presence, due);
        struct presence_entry *who = &outlet->presence.entries[due];
        Larwm__Journal__Presence record = LARWM__JOURNAL__PRESENCE__INIT;
        record.user = who->user;
        record.role = (Larwm__Role)who->sent_role;
        record.present = who->sent_present;
        push_entry(outlet, entry, &record.base);
        due = presence_due(&outlet->presence, due + 1);
    }
}
