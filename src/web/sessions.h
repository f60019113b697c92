/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gateway remembers about sessions whose body the browser holds (web/seal.h): when each
 * was last used and which were logged out. A session ends 30 minutes after its last use or 12 hours
 * after its log-in. Log-outs are appended to a file, so that a restart does not bring a session
 * back.
 *
 * After a restart the last use is not known; the moment of the restart counts as one.
 *
 * Loop thread. Limit: WEB_SESSIONS_MAX; beyond it the entry used longest ago is forgotten, and a
 * forgotten session counts as last used at our start.
 */
#ifndef WEB_SESSIONS_H
#define WEB_SESSIONS_H

#include "base/error.h"
#include "web/seal.h"

#include <stdbool.h>

#define WEB_SESSIONS_MAX 4096
#define WEB_SESSION_IDLE_US (30 * INT64_C(60000000))
#define WEB_SESSION_WHOLE_US (12 * INT64_C(3600000000))

struct web_session_memory
{
    uint8_t id[WEB_SESSION_ID];
    int64_t issued_us;
    int64_t used_us; /* 0: a free place */
    bool ended;      /* logged out: kept until it would have ended by itself */
};

struct web_sessions
{
    struct web_session_memory *list;
    int64_t started_us;
    int file; /* of log-outs; -1: none */
};

/* `path`: file of log-outs, made when missing; NULL: none is kept. ERROR_MEMORY, ERROR_IO. */
enum error
web_sessions_init(struct web_sessions *sessions, const char *path, int64_t now_us) MUST_USE;
void web_sessions_free(struct web_sessions *sessions);

/* May this session still be used at `now_us` (wall)? Does not count as a use. */
bool web_sessions_is_live(const struct web_sessions *sessions, const struct web_session *session,
                          int64_t now_us);
/* The session was used. Call only when it is live. */
void web_sessions_touch(struct web_sessions *sessions, const struct web_session *session,
                        int64_t now_us);
/* Log-out. ERROR_IO: it holds for this run only, since the file could not be written. */
enum error web_sessions_end(struct web_sessions *sessions, const struct web_session *session,
                            int64_t now_us) MUST_USE;

#endif
