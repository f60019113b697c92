/* SPDX-License-Identifier: Apache-2.0 */
#include "web/sessions.h"

#include "base/require.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One log-out in the file. */
struct ended_record
{
    uint8_t id[WEB_SESSION_ID];
    int64_t issued_us;
};
_Static_assert(sizeof(struct ended_record) == 24, "records of the file have a fixed form");

static bool
is_over(int64_t issued_us, int64_t now_us)
{
    return now_us - issued_us >= WEB_SESSION_WHOLE_US;
}

static struct web_session_memory *
find(const struct web_sessions *sessions, const uint8_t *id)
{
    for (unsigned i = 0; i < WEB_SESSIONS_MAX; i++) {
        struct web_session_memory *memory = &sessions->list[i];
        if (memory->used_us != 0 && memcmp(memory->id, id, WEB_SESSION_ID) == 0) {
            return memory;
        }
    }
    return NULL;
}

/* A free place, one whose session is over, or the one used longest ago. A log-out that still counts
 * is given up last of all. */
static struct web_session_memory *
take_place(struct web_sessions *sessions, int64_t now_us)
{
    struct web_session_memory *best = &sessions->list[0];
    for (unsigned i = 0; i < WEB_SESSIONS_MAX; i++) {
        struct web_session_memory *memory = &sessions->list[i];
        if (memory->used_us == 0 || is_over(memory->issued_us, now_us)) {
            return memory;
        }
        bool older = memory->used_us < best->used_us;
        if (memory->ended != best->ended ? best->ended : older) {
            best = memory;
        }
    }
    return best;
}

static struct web_session_memory *
remember(struct web_sessions *sessions, const uint8_t *id, int64_t issued_us, int64_t now_us)
{
    struct web_session_memory *memory = find(sessions, id);
    if (memory == NULL) {
        memory = take_place(sessions, now_us);
        *memory = (struct web_session_memory){.issued_us = issued_us};
        memcpy(memory->id, id, WEB_SESSION_ID);
    }
    memory->used_us = now_us;
    return memory;
}

/* Reads the log-outs that still count and writes the file anew with only those. */
static enum error
load_ended(struct web_sessions *sessions, int64_t now_us)
{
    struct ended_record record;
    off_t from = 0;
    off_t to = 0;
    while (pread(sessions->file, &record, sizeof record, from) == (ssize_t)sizeof record) {
        from += (off_t)sizeof record;
        if (is_over(record.issued_us, now_us)) {
            continue;
        }
        remember(sessions, record.id, record.issued_us, now_us)->ended = true;
        if (pwrite(sessions->file, &record, sizeof record, to) != (ssize_t)sizeof record) {
            return ERROR_IO;
        }
        to += (off_t)sizeof record;
    }
    if (ftruncate(sessions->file, to) != 0 || lseek(sessions->file, to, SEEK_SET) != to) {
        return ERROR_IO;
    }
    return ERROR_NONE;
}

enum error
web_sessions_init(struct web_sessions *sessions, const char *path, int64_t now_us)
{
    *sessions = (struct web_sessions){.started_us = now_us, .file = -1};
    sessions->list = calloc(WEB_SESSIONS_MAX, sizeof *sessions->list);
    if (sessions->list == NULL) {
        return ERROR_MEMORY;
    }
    if (path == NULL) {
        return ERROR_NONE;
    }
    sessions->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum error error = sessions->file < 0 ? ERROR_IO : load_ended(sessions, now_us);
    if (error != ERROR_NONE) {
        web_sessions_free(sessions);
    }
    return error;
}

void
web_sessions_free(struct web_sessions *sessions)
{
    if (sessions->file >= 0) {
        (void)close(sessions->file);
    }
    free(sessions->list);
    sessions->list = NULL;
    sessions->file = -1;
}

bool
web_sessions_is_live(const struct web_sessions *sessions, const struct web_session *session,
                     int64_t now_us)
{
    const struct web_session_memory *memory = find(sessions, session->id);
    if (is_over(session->issued_us, now_us) || (memory != NULL && memory->ended)) {
        return false;
    }
    int64_t used_us =
        session->issued_us > sessions->started_us ? session->issued_us : sessions->started_us;
    if (memory != NULL) {
        used_us = memory->used_us;
    }
    return now_us - used_us < WEB_SESSION_IDLE_US;
}

void
web_sessions_touch(struct web_sessions *sessions, const struct web_session *session, int64_t now_us)
{
    (void)remember(sessions, session->id, session->issued_us, now_us);
}

enum error
web_sessions_end(struct web_sessions *sessions, const struct web_session *session, int64_t now_us)
{
    struct web_session_memory *memory = remember(sessions, session->id, session->issued_us, now_us);
    struct ended_record record = {.issued_us = session->issued_us};
    if (memory->ended) {
        return ERROR_NONE;
    }
    memory->ended = true;
    memcpy(record.id, session->id, sizeof record.id);
    if (sessions->file >= 0 &&
        write(sessions->file, &record, sizeof record) != (ssize_t)sizeof record) {
        return ERROR_IO;
    }
    return ERROR_NONE;
}
