/* SPDX-License-Identifier: Apache-2.0 */
#include "police/adapter_file.h"

#include "base/require.h"
#include "base/text.h"
#include "police/cap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADAPTER_MAGIC 0x63617066u
#define FILE_PATH (POLICE_ENDPOINT_MAX + POLICE_IDENTIFIER + 32)

/* An answer on its way to the gateway: never given from inside a call. */
struct file_call
{
    struct file_call *next;
    struct police_answer answer;
    police_on_answer on_answer;
    void *data;
};

struct file_adapter
{
    struct police_adapter table;
    uint32_t magic;
    const struct police_config *config;
    uv_timer_t timer;
    struct file_call *calls;
    void (*on_closed)(void *data);
    void *on_closed_data;
};

static struct file_adapter *
file_adapter_of(struct police_adapter *table)
{
    return checked_cast(container_of(table, struct file_adapter, table), struct file_adapter,
                        ADAPTER_MAGIC);
}

static void
file_on_timer(uv_timer_t *timer)
{
    struct file_adapter *adapter = checked_cast(timer->data, struct file_adapter, ADAPTER_MAGIC);
    struct file_call *calls = adapter->calls;
    adapter->calls = NULL;
    while (calls != NULL) {
        struct file_call *call = calls;
        calls = call->next;
        call->on_answer(call->data, &call->answer);
        free(call);
    }
}

static enum error
file_answer(struct file_adapter *adapter, const struct police_answer *answer,
            police_on_answer on_answer, void *data)
{
    struct file_call *call = malloc(sizeof *call);
    if (call == NULL) {
        return ERROR_MEMORY;
    }
    *call = (struct file_call){
        .next = adapter->calls, .answer = *answer, .on_answer = on_answer, .data = data};
    adapter->calls = call;
    require(uv_timer_start(&adapter->timer, file_on_timer, 0, 0) == 0);
    return ERROR_NONE;
}

static void
file_path(char to[FILE_PATH], const struct police_force *force, const char *identifier,
          const char *ending)
{
    const char *directory = force->endpoint + sizeof "file://" - 1;
    (void)snprintf(to, FILE_PATH, "%s/%s%s", directory, identifier, ending);
}

static bool
file_write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(file, bytes, size);
        if (wrote <= 0) {
            return false;
        }
        bytes += wrote;
        size -= (size_t)wrote;
    }
    return fsync(file) == 0;
}

static bool
file_store(const struct police_force *force, const char *identifier, const char *bytes, size_t size)
{
    char aside[FILE_PATH];
    char path[FILE_PATH];
    file_path(aside, force, identifier, ".part");
    file_path(path, force, identifier, ".xml");
    int file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return false;
    }
    bool good = file_write_all(file, bytes, size);
    good = close(file) == 0 && good;
    return good && rename(aside, path) == 0;
}

/* Bytes of the answer file, -1 when there is none (or it is over the limit by one byte). */
static ssize_t
file_load(const struct police_force *force, const char *identifier, char to[CAP_ANSWER + 1])
{
    char path[FILE_PATH];
    file_path(path, force, identifier, ".answer.xml");
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        return -1;
    }
    ssize_t size = read(file, to, CAP_ANSWER + 1);
    (void)close(file);
    return size;
}

static void
file_look(struct file_adapter *adapter, const struct police_force *force,
          const struct police_notice *notice, struct police_answer *answer)
{
    char path[FILE_PATH];
    char bytes[CAP_ANSWER + 1];
    struct cap_reference reference = {.sender = adapter->config->sender,
                                      .identifier = notice->identifier,
                                      .sent_us = notice->sent_us};
    struct cap_answer cap;
    const char *why = "";
    ssize_t size = file_load(force, notice->identifier, bytes);
    file_path(path, force, notice->identifier, ".xml");
    if (size < 0) {
        answer->verdict = access(path, F_OK) == 0 ? POLICE_VERDICT_TAKEN : POLICE_VERDICT_UNKNOWN;
    } else if (cap_read(bytes, (size_t)size, &reference, &cap, &why) != ERROR_NONE) {
        answer->verdict = POLICE_VERDICT_FAILED;
        (void)snprintf(answer->text, sizeof answer->text, "the spool directory holds %s", why);
    } else {
        answer->verdict = cap.accepted ? POLICE_VERDICT_ACCEPTED : POLICE_VERDICT_REJECTED;
        (void)text_copy(answer->text, sizeof answer->text, cap.note);
    }
}

static enum error
file_send(struct police_adapter *table, const struct police_force *force,
          const struct police_notice *notice, police_on_answer on_answer, void *data)
{
    struct file_adapter *adapter = file_adapter_of(table);
    struct police_answer answer = {.verdict = POLICE_VERDICT_TAKEN};
    char document[CAP_DOCUMENT];
    size_t size;
    enum error failed = cap_write(notice, adapter->config->sender, force->address, document, &size);
    if (failed != ERROR_NONE) {
        return failed;
    }
    if (!file_store(force, notice->identifier, document, size)) {
        answer.verdict = POLICE_VERDICT_FAILED;
        (void)text_copy(answer.text, sizeof answer.text, "the spool directory cannot be written");
    }
    return file_answer(adapter, &answer, on_answer, data);
}

static enum error
file_poll(struct police_adapter *table, const struct police_force *force,
          const struct police_notice *notice, police_on_answer on_answer, void *data)
{
    struct file_adapter *adapter = file_adapter_of(table);
    struct police_answer answer = {.verdict = POLICE_VERDICT_TAKEN};
    file_look(adapter, force, notice, &answer);
    return file_answer(adapter, &answer, on_answer, data);
}

static void
file_on_closed(uv_handle_t *handle)
{
    struct file_adapter *adapter = checked_cast(handle->data, struct file_adapter, ADAPTER_MAGIC);
    void (*on_closed)(void *) = adapter->on_closed;
    void *data = adapter->on_closed_data;
    adapter->magic = 0;
    free(adapter);
    if (on_closed != NULL) {
        on_closed(data);
    }
}

static void
file_close(struct police_adapter *table, void (*on_closed)(void *data), void *data)
{
    struct file_adapter *adapter = file_adapter_of(table);
    adapter->on_closed = on_closed;
    adapter->on_closed_data = data;
    while (adapter->calls != NULL) {
        struct file_call *call = adapter->calls;
        adapter->calls = call->next;
        free(call);
    }
    uv_close((uv_handle_t *)&adapter->timer, file_on_closed);
}

enum error
police_adapter_file_open(uv_loop_t *loop, const struct police_config *config,
                         struct police_adapter **ret_adapter)
{
    struct file_adapter *adapter = calloc(1, sizeof *adapter);
    if (adapter == NULL) {
        return ERROR_MEMORY;
    }
    *adapter = (struct file_adapter){.table = {.name = "CAP 1.2 in a spool directory",
                                               .create = file_send,
                                               .update = file_send,
                                               .cancel = file_send,
                                               .poll = file_poll,
                                               .close = file_close},
                                     .magic = ADAPTER_MAGIC,
                                     .config = config};
    require(uv_timer_init(loop, &adapter->timer) == 0);
    adapter->timer.data = adapter;
    *ret_adapter = &adapter->table;
    return ERROR_NONE;
}
