/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: a question gets a number, goes to larwmd, and its answer is found by that number.
 *
 * Failures: when the connection is lost every open question is answered with nothing, at once; one
 * that gets no answer, by the timer.
 *
 * On close: the questions are answered with nothing, then the client and the timer end with the
 * loop.
 */
#include "web/directory.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"

#include <stdlib.h>

#define DIRECTORY_MAGIC 0x57444952u
#define SWEEP_MS 500

struct web_query
{
    struct web_query *next;
    uint64_t ref;
    uint64_t deadline_ms;
    web_query_on_answer *on_answer; /* NULL: forgotten */
    void *data;
};

struct web_directory
{
    uint32_t magic;
    struct console_client *client;
    uv_timer_t timer;
    struct web_query *queries;
    unsigned count;
    uint64_t last_ref;
    bool was_up;
    char node[64];
    unsigned parts; /* of client and timer, those not yet closed */
};

/* Takes the question at `link` out of the list and answers it. */
static void
answer(struct web_directory *directory, struct web_query **link,
       const Larwm__Console__Credential *credential)
{
    struct web_query *query = *link;
    *link = query->next;
    directory->count -= 1;
    web_query_on_answer *on_answer = query->on_answer;
    void *data = query->data;
    free(query);
    if (on_answer != NULL) {
        on_answer(data, credential);
    }
}

static void
directory_on_up(void *data, const Larwm__Console__Welcome *welcome)
{
    struct web_directory *directory = checked_cast(data, struct web_directory, DIRECTORY_MAGIC);
    (void)text_copy(directory->node, sizeof directory->node, welcome->node);
    directory->was_up = true;
    log_info("web", "larwmd answers");
}

static void
directory_on_down(void *data, enum error error, const char *reason)
{
    struct web_directory *directory = checked_cast(data, struct web_directory, DIRECTORY_MAGIC);
    if (directory->was_up) {
        log_warning("web", "larwmd is gone: %s", reason);
    } else {
        log_debug("web", "larwmd is not there: %s (%s)", reason, error_text(error));
    }
    directory->was_up = false;
    while (directory->queries != NULL) {
        answer(directory, &directory->queries, NULL);
    }
}

static void
directory_on_credential(void *data, const Larwm__Console__Credential *credential)
{
    struct web_directory *directory = checked_cast(data, struct web_directory, DIRECTORY_MAGIC);
    for (struct web_query **link = &directory->queries; *link != NULL; link = &(*link)->next) {
        if ((*link)->ref == credential->ref) {
            answer(directory, link, credential);
            return;
        }
    }
}

/* larwmd refuses a question only when it is too busy or does not know the form. */
static void
directory_on_result(void *data, const Larwm__Console__Result *result)
{
    struct web_directory *directory = checked_cast(data, struct web_directory, DIRECTORY_MAGIC);
    log_warning("web", "larwmd refused a question about a user: %.40s", result->refusal);
    for (struct web_query **link = &directory->queries; *link != NULL; link = &(*link)->next) {
        if ((*link)->ref == result->ref) {
            answer(directory, link, NULL);
            return;
        }
    }
}

/* Questions stand in the order of their deadlines. */
static void
directory_on_timer(uv_timer_t *timer)
{
    struct web_directory *directory =
        checked_cast(timer->data, struct web_directory, DIRECTORY_MAGIC);
    uint64_t now_ms = clock_mono_ms();
    while (directory->queries != NULL && directory->queries->deadline_ms <= now_ms) {
        answer(directory, &directory->queries, NULL);
    }
}

static void
part_closed(struct web_directory *directory)
{
    directory->parts -= 1;
    if (directory->parts == 0) {
        directory->magic = 0;
        free(directory);
    }
}

static void
directory_on_client_closed(void *data)
{
    part_closed(checked_cast(data, struct web_directory, DIRECTORY_MAGIC));
}

static void
directory_on_timer_closed(uv_handle_t *handle)
{
    part_closed(checked_cast(handle->data, struct web_directory, DIRECTORY_MAGIC));
}

enum error
web_directory_open(uv_loop_t *loop, const char *socket_path, struct web_directory **ret)
{
    struct web_directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL) {
        return ERROR_MEMORY;
    }
    directory->magic = DIRECTORY_MAGIC;
    struct console_client_options options = {
        .socket_path = socket_path,
        .user = "larwm-web",
        .role = LARWM__ROLE__ROLE_WEB_GATEWAY,
        .name = "larwm-web",
        .callbacks = {.on_up = directory_on_up,
                      .on_down = directory_on_down,
                      .on_result = directory_on_result,
                      .on_credential = directory_on_credential},
        .data = directory,
    };
    enum error error = console_client_open(loop, &options, &directory->client);
    if (error != ERROR_NONE) {
        free(directory);
        return error;
    }
    require(uv_timer_init(loop, &directory->timer) == 0);
    directory->timer.data = directory;
    require(uv_timer_start(&directory->timer, directory_on_timer, SWEEP_MS, SWEEP_MS) == 0);
    directory->parts = 2;
    *ret = directory;
    return ERROR_NONE;
}

void
web_directory_close(struct web_directory *directory)
{
    while (directory->queries != NULL) {
        answer(directory, &directory->queries, NULL);
    }
    console_client_close(directory->client, directory_on_client_closed, directory);
    uv_close((uv_handle_t *)&directory->timer, directory_on_timer_closed);
}

enum error
web_directory_ask(struct web_directory *directory, const char *user, web_query_on_answer *on_answer,
                  void *data, struct web_query **ret_query)
{
    if (directory->count >= WEB_QUERIES_MAX) {
        return ERROR_FULL;
    }
    struct web_query *query = calloc(1, sizeof *query);
    if (query == NULL) {
        return ERROR_MEMORY;
    }
    directory->last_ref += 1;
    query->ref = directory->last_ref;
    query->deadline_ms = clock_mono_ms() + WEB_QUERY_WAIT_MS;
    query->on_answer = on_answer;
    query->data = data;
    enum error error = console_client_send_credential_query(directory->client, query->ref, user);
    if (error != ERROR_NONE) {
        free(query);
        return error;
    }
    struct web_query **link = &directory->queries;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = query;
    directory->count += 1;
    *ret_query = query;
    return ERROR_NONE;
}

void
web_directory_forget(struct web_query *query)
{
    query->on_answer = NULL;
}

const char *
web_directory_node(const struct web_directory *directory)
{
    return directory->node;
}
