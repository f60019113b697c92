/* SPDX-License-Identifier: Apache-2.0 */
/* The Hello of a session: who it says it is, whether it may be that, and where it goes on. */
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "larwm/vocabulary.h"
#include "outlet/authority.h"
#include "outlet/check.h"
#include "outlet/internal.h"
#include "outlet/request.h"
#include "outlet/session.h"
#include "outlet/wire.h"

#include <ctype.h>

#define PROGRAM_NAME_MAX 32

/* A client's own name, made safe for a log line. */
static void
printable_name(char to[PROGRAM_NAME_MAX], const char *name)
{
    (void)text_copy(to, PROGRAM_NAME_MAX, name);
    for (char *at = to; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != '.' && *at != '_') {
            *at = '?';
        }
    }
}

static void
send_welcome(struct client_session *session, bool resumed)
{
    struct outlet *outlet = session->outlet;
    Larwm__Console__Welcome welcome = LARWM__CONSOLE__WELCOME__INIT;
    welcome.stream = outlet->hub.stream;
    welcome.sequence = outlet->hub.sequence;
    welcome.resumed = resumed;
    welcome.node = outlet->node;
    welcome.version = outlet->version;
    welcome.user = session->user;
    welcome.role = (Larwm__Role)session->role;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    client_session_send(session, wire_server_frame(&outlet->hub.store, &frame));
}

/* A client that comes back goes on where it was, unless that would be more than a client may be
 * behind: a snapshot is then the shorter way. */
static bool
can_resume(const struct outlet *outlet, const Larwm__Console__Hello *hello)
{
    return hello->stream != 0 && hub_can_resume(&outlet->hub, hello->stream, hello->after) &&
           hub_bytes_from(&outlet->hub, hello->after + 1) <= outlet->backlog_bytes / 2;
}

static bool
join(struct client_session *session, bool on_duty)
{
    bool gateway = authority_allows(AUTHORITY_GATEWAY, session->role);
    bool counts = on_duty && authority_allows(AUTHORITY_ON_DUTY, session->role);
    if (!gateway && !counts) {
        return true;
    }
    struct outlet *outlet = session->outlet;
    session->presence = presence_join(&outlet->presence, session->user, session->role, gateway);
    return session->presence != PRESENCE_NONE;
}

void
greet_session(struct client_session *session, uint64_t ref, const Larwm__Console__Hello *hello)
{
    const char *detail = "";
    const char *refusal = check_hello(hello, &detail);
    if (refusal == NULL && (session->roles & 1u << (unsigned)hello->role) == 0) {
        refusal = REFUSAL_NOT_ALLOWED;
        detail = "this user or group may not have that role";
    } else if (refusal == NULL && hello->watch &&
               !authority_allows(AUTHORITY_WATCH, (int)hello->role)) {
        refusal = REFUSAL_NOT_ALLOWED;
        detail = "this role may not watch";
    }
    if (refusal != NULL) {
        client_session_refuse_and_close(session, ref, refusal, detail);
        return;
    }
    (void)text_copy(session->user, sizeof session->user, hello->user);
    session->role = (int)hello->role;
    if (!join(session, hello->on_duty)) {
        client_session_refuse_and_close(session, ref, REFUSAL_BUSY,
                                        "too many operators are present");
        return;
    }
    char program[PROGRAM_NAME_MAX];
    printable_name(program, hello->name);
    log_info("outlet", "session %u: %s as %s, uid %u", session->index, program,
             role_text(session->role), session->peer_user);
    session->state = SESSION_ACTIVE;
    bool resumed = hello->watch && can_resume(session->outlet, hello);
    send_welcome(session, resumed);
    if (session->state != SESSION_ACTIVE || !hello->watch) {
        request_presence(session->outlet);
        return;
    }
    if (resumed) {
        client_session_follow_from(session, hello->after);
    } else if (session->outlet->hub.ready) {
        client_session_follow_snapshot(session);
    } else {
        session->follow = FOLLOW_LATER;
    }
    request_presence(session->outlet);
}
