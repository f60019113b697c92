/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to the outlet. Changed incidents are marked and sent once per loop turn, newest state
 * only; when no block is free they stay marked and go on a later turn. Nothing here waits.
 */
#include "desk/internal.h"

#include "base/hash.h"

#include <string.h>

struct desk_item *
desk_item_of(struct desk *desk, uint64_t incident, bool make)
{
    uint32_t index;
    if (table_get(&desk->items_by_incident, incident, &index)) {
        return &desk->items[index];
    }
    if (!make || desk->items_free_count == 0) {
        return NULL;
    }
    index = desk->items_free[desk->items_free_count - 1];
    if (!table_put(&desk->items_by_incident, incident, index)) {
        return NULL;
    }
    desk->items_free_count -= 1;
    struct desk_item *item = &desk->items[index];
    item->incident = incident;
    item->dirty = item->shown = item->asked = item->has_message = false;
    item->message[0] = '\0';
    return item;
}

static void
desk_item_free(struct desk *desk, struct desk_item *item)
{
    (void)table_remove(&desk->items_by_incident, item->incident);
    item->incident = 0;
    desk->items_free[desk->items_free_count] = (uint32_t)(item - desk->items);
    desk->items_free_count += 1;
}

void
desk_item_drop(struct desk *desk, uint64_t incident)
{
    struct desk_item *item = desk_item_of(desk, incident, false);
    if (item != NULL && !item->dirty) {
        desk_item_free(desk, item); /* a dirty one is freed when it has been shown */
    }
}

void
desk_mark_dirty(struct desk *desk, uint64_t incident)
{
    struct desk_item *item = desk_item_of(desk, incident, true);
    if (item != NULL && !item->dirty) {
        item->dirty = true;
        desk->dirty[desk->dirty_count] = (uint32_t)(item - desk->items);
        desk->dirty_count += 1;
    }
}

static struct flow_delta *
desk_delta(struct desk *desk, enum flow_delta_kind kind, uint64_t key)
{
    struct flow_delta *delta = pool_take(&desk->deltas);
    if (delta != NULL) {
        *delta = (struct flow_delta){.home = &desk->deltas, .kind = (uint8_t)kind, .key = key};
    }
    return delta;
}

static bool
desk_push(struct desk *desk, struct flow_delta *delta)
{
    if (ring_push(desk->links.deltas, &delta)) {
        counter_add(deltas, 1);
        return true;
    }
    pool_give(&desk->deltas, delta);
    return false;
}

/* Sends one incident. False when no block is free. */
static bool
desk_show_incident(struct desk *desk, struct desk_item *item)
{
    const struct triage_incident *incident = triage_find(desk->triage, item->incident);
    if (incident == NULL) {
        desk_item_free(desk, item);
        return true;
    }
    struct flow_delta *delta = desk_delta(desk, DELTA_INCIDENT, incident->id);
    if (delta == NULL) {
        return false;
    }
    delta->open = incident->state != INCIDENT_CLOSED || incident->held;
    delta->size = (uint32_t)desk_view_pack(desk, incident, item, delta->body, DESK_DELTA_BODY);
    require(delta->size > 0); /* every part is bounded below DESK_DELTA_BODY */
    if (!desk_push(desk, delta)) {
        return false;
    }
    item->shown = delta->open;
    return true;
}

static void
desk_show_status(struct desk *desk)
{
    Larwm__Console__Status status = LARWM__CONSOLE__STATUS__INIT;
    Larwm__Console__SystemNotice notices[DESK_CONDITION_COUNT];
    Larwm__Console__SystemNotice *pointers[DESK_CONDITION_COUNT];
    struct flow_delta *delta = desk_delta(desk, DELTA_STATUS, 0);
    if (delta == NULL) {
        return;
    }
    desk_status_fill(desk, &status, notices, pointers);
    delta->size = (uint32_t)larwm__console__status__pack(&status, delta->body);
    desk->status_dirty = !desk_push(desk, delta);
}

static void
desk_show_ready(struct desk *desk)
{
    struct flow_delta *delta = desk_delta(desk, DELTA_READY, 0);
    desk->ready_sent = delta != NULL && desk_push(desk, delta);
}

void
desk_show(struct desk *desk)
{
    uint32_t done = 0;
    bool sent = desk->dirty_count > 0 || desk->status_dirty || !desk->ready_sent;
    while (done < desk->dirty_count) {
        struct desk_item *item = &desk->items[desk->dirty[done]];
        item->dirty = false;
        if (item->incident != 0 && !desk_show_incident(desk, item)) {
            item->dirty = true;
            break;
        }
        done += 1;
    }
    memmove(desk->dirty, desk->dirty + done, (desk->dirty_count - done) * sizeof *desk->dirty);
    desk->dirty_count -= done;
    if (desk->status_dirty) {
        desk_show_status(desk);
    }
    if (!desk->ready_sent && desk->dirty_count == 0 && !desk->status_dirty) {
        desk_show_ready(desk);
    }
    if (sent) {
        waker_wake(desk->links.outlet);
    }
}

void
desk_show_tick(struct desk *desk)
{
    struct desk_journal_state journal;
    struct flow_delta *delta = desk_delta(desk, DELTA_TICK, 0);
    if (delta == NULL) {
        return; /* the screen says NOT LIVE, and that is the truth: it is behind */
    }
    desk->links.journal_state(desk->links.data, &journal);
    delta->server_time_us = clock_wall_us();
    delta->database_up = desk->database_up && desk->schema_ok;
    delta->journal_ok = journal.ok;
    (void)desk_push(desk, delta);
    waker_wake(desk->links.outlet);
}

static void
desk_show_user(struct desk *desk, const struct resolve_user *user)
{
    Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
    credential.found = true;
    credential.user = (char *)(uintptr_t)user->user; /* protobuf-c has no const strings */
    credential.display_name = (char *)(uintptr_t)user->display_name;
    credential.password_hash = (char *)(uintptr_t)user->password_hash;
    credential.totp_secret.data = (uint8_t *)(uintptr_t)user->totp_secret;
    credential.totp_secret.len = user->totp_size;
    credential.role = (Larwm__Role)user->role;
    credential.disabled = user->disabled;
    credential.language = (char *)(uintptr_t)user->language;
    size_t size = larwm__console__credential__get_packed_size(&credential);
    uint64_t key = hash_bytes(0, user->user, strlen(user->user));
    struct flow_delta *delta = desk_delta(desk, DELTA_CREDENTIAL, key);
    if (delta == NULL || size > DESK_DELTA_BODY) {
        log_warning("desk", "a user could not be passed to the outlet; log-in of that user fails");
        if (delta != NULL) {
            pool_give(&desk->deltas, delta);
        }
        return;
    }
    delta->size = (uint32_t)larwm__console__credential__pack(&credential, delta->body);
    (void)desk_push(desk, delta);
}

void
desk_show_users(struct desk *desk, const struct resolve_user *users, unsigned count)
{
    struct flow_delta *begin = desk_delta(desk, DELTA_CREDENTIALS_BEGIN, 0);
    if (begin == NULL) {
        return;
    }
    (void)desk_push(desk, begin);
    for (unsigned i = 0; i < count; i++) {
        desk_show_user(desk, &users[i]);
    }
    struct flow_delta *end = desk_delta(desk, DELTA_CREDENTIALS_END, 0);
    if (end != NULL) {
        (void)desk_push(desk, end);
    }
    waker_wake(desk->links.outlet);
}

void
desk_answer(struct desk *desk, uint64_t handle, uint64_t ref, bool ok, const char *refusal,
            const char *detail, uint64_t incident, const char *revealed)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    struct flow_delta *delta = handle == 0 ? NULL : desk_delta(desk, DELTA_RESULT, 0);
    if (delta == NULL) {
        return; /* the client sees the incident change; its request times out */
    }
    result.ref = ref;
    result.ok = ok;
    result.refusal = (char *)(uintptr_t)(ok || refusal == NULL ? "" : refusal);
    result.detail = (char *)(uintptr_t)(detail == NULL ? "" : detail);
    result.incident = incident;
    result.revealed = (char *)(uintptr_t)(revealed == NULL ? "" : revealed);
    delta->handle = handle;
    delta->size = (uint32_t)larwm__console__result__pack(&result, delta->body);
    /* The incident first, then the answer: who is told "yours" finds it so on the screen. */
    desk_show(desk);
    (void)desk_push(desk, delta);
    waker_wake(desk->links.outlet);
}
