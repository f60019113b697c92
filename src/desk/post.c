/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: a message is packed into a block, the block goes to the journal, and comes back as a
 * durable entry through the same ring as everybody's records.
 * Failures: no block left, or the journal failed the batch: nothing is kept here. Whoever posted
 * posts again, because what it saw is still true (a limit still passed, a signal still pending).
 */
#include "desk/internal.h"

bool
desk_post(struct desk *desk, enum record_type type, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (desk->replaying || size > DESK_POST_BODY) {
        return false;
    }
    struct flow_entry *entry = pool_take(&desk->posts);
    if (entry == NULL) {
        return false;
    }
    *entry = (struct flow_entry){.home = &desk->posts, .type = (uint8_t)type};
    entry->taken_mono_us = clock_mono_us();
    entry->size = (uint32_t)protobuf_c_message_pack(message, entry->body);
    if (!ring_push(&desk->port.entries, &entry)) {
        pool_give(&desk->posts, entry);
        return false;
    }
    waker_wake(desk->port.journal);
    return true;
}

void
desk_take_tickets(struct desk *desk)
{
    struct flow_ticket ticket;
    while (ring_pop(&desk->port.tickets, &ticket)) {
        if (ticket.failed != NULL) {
            if (ticket.failed->type == RECORD_RESOLVED) {
                desk->pending_wanted = true;
                desk->recheck_wanted = true;
            } else if (ticket.failed->type == RECORD_BOOT) {
                desk_boot_failed(desk);
            }
            pool_give(&desk->posts, ticket.failed);
        }
    }
}
