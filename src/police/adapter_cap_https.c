/* SPDX-License-Identifier: Apache-2.0 */
#include "police/adapter_cap_https.h"

#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "police/cap.h"
#include "police/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADAPTER_MAGIC 0x63617068u
#define PART "cap"

struct cap_https
{
    struct police_adapter table; /* first: the gateway holds a pointer to it */
    uint32_t magic;
    const struct police_config *config;
    struct police_http *http;
    unsigned long long answers_bad; /* answers that were no proper CAP answer */
    void (*on_closed)(void *data);
    void *on_closed_data;
};

/* One request under way. */
struct cap_https_call
{
    struct cap_https *adapter;
    bool polls;
    char identifier[POLICE_IDENTIFIER];
    int64_t sent_us;
    police_on_answer on_answer;
    void *data;
};

static struct cap_https *
cap_https_of(struct police_adapter *table)
{
    return checked_cast(container_of(table, struct cap_https, table), struct cap_https,
                        ADAPTER_MAGIC);
}

static void
cap_https_failed(struct police_answer *answer, const char *why)
{
    answer->verdict = POLICE_VERDICT_FAILED;
    (void)text_copy(answer->text, sizeof answer->text, why);
}

static void
cap_https_read(struct cap_https_call *call, const struct police_http_result *result,
               struct police_answer *answer)
{
    struct cap_https *adapter = call->adapter;
    struct cap_reference reference = {.sender = adapter->config->sender,
                                      .identifier = call->identifier,
                                      .sent_us = call->sent_us};
    struct cap_answer cap;
    const char *why = "";
    if (cap_read(result->body, result->size, &reference, &cap, &why) != ERROR_NONE) {
        adapter->answers_bad++;
        log_warning(PART, "%s: the control room sent %s (%llu such answers so far)",
                    call->identifier, why, adapter->answers_bad);
        answer->verdict = POLICE_VERDICT_FAILED;
        (void)snprintf(answer->text, sizeof answer->text, "the control room sent %s", why);
        return;
    }
    answer->verdict = cap.accepted ? POLICE_VERDICT_ACCEPTED : POLICE_VERDICT_REJECTED;
    (void)text_copy(answer->text, sizeof answer->text, cap.note);
}

static void
cap_https_on_done(void *data, const struct police_http_result *result)
{
    struct cap_https_call *call = data;
    struct police_answer answer = {.verdict = POLICE_VERDICT_FAILED};
    if (result->failure != NULL) {
        cap_https_failed(&answer, result->failure);
    } else if (result->status == 200) {
        cap_https_read(call, result, &answer);
    } else if (result->status == 202 || (call->polls && result->status == 204)) {
        answer.verdict = POLICE_VERDICT_TAKEN;
    } else if (call->polls && result->status == 404) {
        answer.verdict = POLICE_VERDICT_UNKNOWN;
    } else {
        (void)snprintf(answer.text, sizeof answer.text, "the control room answered HTTP %ld",
                       result->status);
    }
    call->on_answer(call->data, &answer);
    free(call);
}

static enum error
cap_https_start(struct cap_https *adapter, const char *url, const char *body, size_t size,
                const struct cap_https_call *from)
{
    struct cap_https_call *call = malloc(sizeof *call);
    if (call == NULL) {
        return ERROR_MEMORY;
    }
    *call = *from;
    enum error failed = police_http_request(adapter->http, url, "application/cap+xml", body, size,
                                            cap_https_on_done, call);
    if (failed != ERROR_NONE) {
        free(call);
    }
    return failed;
}

static struct cap_https_call
cap_https_call_of(struct cap_https *adapter, bool polls, const struct police_notice *notice,
                  police_on_answer on_answer, void *data)
{
    struct cap_https_call call = {.adapter = adapter,
                                  .polls = polls,
                                  .sent_us = notice->sent_us,
                                  .on_answer = on_answer,
                                  .data = data};
    memcpy(call.identifier, notice->identifier, sizeof call.identifier);
    return call;
}

/* Alert, Update and Cancel differ in the document only. */
static enum error
cap_https_send(struct police_adapter *table, const struct police_force *force,
               const struct police_notice *notice, police_on_answer on_answer, void *data)
{
    struct cap_https *adapter = cap_https_of(table);
    char *document = malloc(CAP_DOCUMENT);
    size_t size = 0;
    if (document == NULL) {
        return ERROR_MEMORY;
    }
    enum error failed = cap_write(notice, adapter->config->sender, force->address, document, &size);
    if (failed == ERROR_NONE) {
        struct cap_https_call call = cap_https_call_of(adapter, false, notice, on_answer, data);
        failed = cap_https_start(adapter, force->endpoint, document, size, &call);
    }
    explicit_bzero(document, size);
    free(document);
    return failed;
}

static enum error
cap_https_poll(struct police_adapter *table, const struct police_force *force,
               const struct police_notice *notice, police_on_answer on_answer, void *data)
{
    struct cap_https *adapter = cap_https_of(table);
    char url[POLICE_HTTP_URL];
    size_t size = strlen(force->endpoint);
    const char *slash = size > 0 && force->endpoint[size - 1] == '/' ? "" : "/";
    int used = snprintf(url, sizeof url, "%s%s%s", force->endpoint, slash, notice->identifier);
    if (used < 0 || (size_t)used >= sizeof url) {
        return ERROR_TOO_LARGE;
    }
    struct cap_https_call call = cap_https_call_of(adapter, true, notice, on_answer, data);
    return cap_https_start(adapter, url, NULL, 0, &call);
}

static void
cap_https_on_closed(void *data)
{
    struct cap_https *adapter = checked_cast(data, struct cap_https, ADAPTER_MAGIC);
    void (*on_closed)(void *) = adapter->on_closed;
    void *closed_data = adapter->on_closed_data;
    adapter->magic = 0;
    free(adapter);
    if (on_closed != NULL) {
        on_closed(closed_data);
    }
}

static void
cap_https_close(struct police_adapter *table, void (*on_closed)(void *data), void *data)
{
    struct cap_https *adapter = cap_https_of(table);
    adapter->on_closed = on_closed;
    adapter->on_closed_data = data;
    police_http_close(adapter->http, free, cap_https_on_closed, adapter);
}

enum error
police_adapter_cap_https_open(uv_loop_t *loop, const struct police_config *config,
                              struct police_adapter **ret_adapter)
{
    struct cap_https *adapter = calloc(1, sizeof *adapter);
    if (adapter == NULL) {
        return ERROR_MEMORY;
    }
    *adapter = (struct cap_https){.table = {.name = "CAP 1.2 over HTTPS",
                                            .create = cap_https_send,
                                            .update = cap_https_send,
                                            .cancel = cap_https_send,
                                            .poll = cap_https_poll,
                                            .close = cap_https_close},
                                  .magic = ADAPTER_MAGIC,
                                  .config = config};
    struct police_http_options options = {
        .certificate = config->certificate, .key = config->key, .ca = config->ca};
    enum error failed = police_http_open(loop, &options, &adapter->http);
    if (failed != ERROR_NONE) {
        free(adapter);
        return failed;
    }
    *ret_adapter = &adapter->table;
    return ERROR_NONE;
}
