/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: a message is packed into a block, the block goes to the journal, and comes back as a
 * durable entry through the same ring as everybody's records.
 * Failures: no block left, or the journal failed the batch: nothing is kept here. Whoever posted
 * posts again, because what it saw is still true (a limit still passed, a signal still pending).
 */
#include "desk/internal.h"

#include <string.h>

/* A block for a body of `size` bytes, or NULL. */
static struct flow_entry *
desk_post_begin(struct desk *desk, enum record_type type, size_t size)
{
    if (desk->replaying || size > DESK_POST_BODY) {
        return NULL;
    }
    struct flow_entry *entry = pool_take(&desk->posts);
    if (entry != NULL) {
        *entry = (struct flow_entry){.home = &desk->posts, .type = (uint8_t)type};
        entry->taken_mono_us = clock_mono_us();
        entry->size = (uint32_t)size;
    }
    return entry;
}

static bool
desk_post_end(struct desk *desk, struct flow_entry *entry)
{
    if (!ring_push(&desk->port.entries, &entry)) {
        pool_give(&desk->posts, entry);
        return false;
    }
    waker_wake(desk->port.journal);
    return true;
}

bool
desk_post(struct desk *desk, enum record_type type, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    struct flow_entry *entry = desk_post_begin(desk, type, size);
    if (entry == NULL) {
        return false;
    }
    (void)protobuf_c_message_pack(message, entry->body);
    return desk_post_end(desk, entry);
}

bool
desk_post_bytes(struct desk *desk, enum record_type type, const uint8_t *bytes, size_t size)
{
    struct flow_entry *entry = desk_post_begin(desk, type, size);
    if (entry == NULL) {
        return false;
    }
    memcpy(entry->body, bytes, size);
    return desk_post_end(desk, entry);
}

void
desk_take_tickets(struct desk *desk)
{
    struct flow_ticket ticket;
    while (ring_pop(&desk->port.tickets, &ticket)) {
        if (ticket.failed != NULL) {
            if (ticket.failed->type == RECORD_RESOLVED || ticket.failed->type == RECORD_ANSWERS) {
                desk_ask_again(desk, true);
            } else if (ticket.failed->type == RECORD_BOOT) {
                desk_boot_failed(desk);
            }
            pool_give(&desk->posts, ticket.failed);
        }
    }
}
