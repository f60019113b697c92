/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal, played. Entries are written as they come; one sync at a time makes a batch durable;
 * a moment later come tickets and the desk's entries, and a crash may fall between all of these. A
 * crash leaves what was synced, and of what was not, a part at its beginning. While the disk fails
 * every entry comes back.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static struct sim_row *
journal_row(struct sim *sim)
{
    sim->last += 1;
    if (sim->last >= sim->rows_room) {
        uint64_t room = sim->rows_room == 0 ? 4096 : 2 * sim->rows_room;
        sim->rows = realloc(sim->rows, room * sizeof *sim->rows);
        require(sim->rows != NULL);
        memset(sim->rows + sim->rows_room, 0, (room - sim->rows_room) * sizeof *sim->rows);
        sim->rows_room = room;
    }
    return &sim->rows[sim->last];
}

/* What the frame said, for the model. */
static void
journal_read_signal(struct sim_row *row, const struct flow_entry *entry)
{
    Larwm__Journal__Signal *signal = larwm__journal__signal__unpack(NULL, row->size, row->body);
    require(signal != NULL);
    row->unit = (uint16_t)entry->handle;
    row->press = entry->ref;
    row->boot = signal->boot_id;
    row->sequence = signal->sequence;
    row->content = signal->content_hash;
    row->device_us = signal->device_time_us;
    row->opens = signal->kind == LARWM__SIGNAL_KIND__SIGNAL_PANIC ||
                 signal->kind == LARWM__SIGNAL_KIND__SIGNAL_DURESS ||
                 signal->kind == LARWM__SIGNAL_KIND__SIGNAL_MEDICAL;
    larwm__journal__signal__free_unpacked(signal, NULL);
}

static void
journal_write(struct sim *sim, struct flow_entry *entry)
{
    struct sim_row *row = journal_row(sim);
    row->type = entry->type;
    row->size = entry->size;
    row->time_us = journal_timeline_next(&sim->timeline, clock_wall_us());
    row->body = malloc(entry->size + 1);
    require(row->body != NULL);
    memcpy(row->body, entry->body, entry->size);
    if (entry->type == RECORD_SIGNAL) {
        journal_read_signal(row, entry);
        sim->stats.signals += 1;
    }
    entry->pos = sim->last;
    entry->time_us = row->time_us;
    sim->durable = sim->last;
    sim->stats.records += 1;
    sim->written_us = sim_served_us(sim);
    sim_mix(sim, &row->time_us, sizeof row->time_us);
    sim_mix(sim, row->body, row->size);
    sim_say(sim, "record %llu type %u", (unsigned long long)sim->last, (unsigned)row->type);
}

/* One entry that was made durable, or failed, back to where it came from and on to the desk. */
static void
journal_tell(struct sim *sim, struct flow_entry *entry, struct flow_port *port)
{
    bool failed = entry->pos == 0;
    struct flow_ticket ticket = {.handle = entry->handle,
                                 .ref = entry->ref,
                                 .pos = entry->pos,
                                 .failed = failed ? entry : NULL,
                                 .error = failed ? ERROR_DISK_FULL : ERROR_NONE};
    uint8_t type = entry->type;
    if (!failed) {
        bool fits = ring_push(desk_entries(sim->desk), &entry);
        require(fits);
        waker_wake(desk_waker(sim->desk));
    }
    if (port != &sim->port) {
        bool fits = ring_push(&port->tickets, &ticket);
        require(fits);
        waker_wake(port->producer);
        return;
    }
    if (type == RECORD_SIGNAL) {
        intake_ticket(sim, &ticket);
    }
    if (failed && type == RECORD_PRESENCE && ticket.ref != 0) { /* the outlet says it again */
        sim_plan_life(sim, 500000, operators_say, ticket.ref - 1, 0);
    }
    if (failed) {
        pool_give(&sim->pool, entry);
    }
}

static void
journal_deliver(struct sim *sim, uint64_t count, uint64_t unused)
{
    (void)unused;
    for (uint64_t i = 0; i < count; i++) {
        journal_tell(sim, sim->unsynced[i], sim->unsynced_port[i]);
    }
    sim->unsynced_count -= (unsigned)count;
    memmove(sim->unsynced, sim->unsynced + count, sim->unsynced_count * sizeof sim->unsynced[0]);
    memmove(sim->unsynced_port, sim->unsynced_port + count,
            sim->unsynced_count * sizeof sim->unsynced_port[0]);
    sim->syncing = false;
}

static void
journal_synced(struct sim *sim, uint64_t count, uint64_t unused)
{
    (void)unused;
    for (uint64_t i = 0; i < count; i++) {
        if (sim->failing) {
            sim->unsynced[i]->pos = 0;
        } else {
            journal_write(sim, sim->unsynced[i]);
        }
    }
    sim_plan_life(sim, random_between(&sim->random, 0, 300), journal_deliver, count, 0);
}

/* Takes what lies in the ports, and begins the next sync when none is under way. */
void
journal_take(struct sim *sim)
{
    struct flow_port *ports[2] = {&sim->port, desk_port(sim->desk)};
    for (unsigned i = 0; i < 2; i++) {
        struct flow_entry *entry;
        while (ring_pop(&ports[i]->entries, &entry)) {
            entry->pos = 0;
            sim->unsynced[sim->unsynced_count] = entry;
            sim->unsynced_port[sim->unsynced_count] = ports[i];
            sim->unsynced_count += 1;
        }
    }
    if (sim->syncing || sim->unsynced_count == 0) {
        return;
    }
    sim->syncing = true;
    bool slow = random_chance(&sim->random, 10);
    uint64_t wait_us = random_between(&sim->random, 80, slow ? 400000 : 1500);
    if (random_chance(&sim->random, 3)) { /* in the midst of it, or of what follows */
        faults_crash_soon(sim, random_between(&sim->random, 0, 2 * wait_us));
    }
    sim_plan_life(sim, wait_us, journal_synced, sim->unsynced_count, 0);
}

bool
journal_push(struct sim *sim, enum record_type type, const ProtobufCMessage *message,
             uint64_t handle, uint64_t ref)
{
    struct flow_entry *entry = sim->desk == NULL ? NULL : pool_take(&sim->pool);
    if (entry == NULL) {
        return false; /* no receipt, and the sender tries again */
    }
    *entry = (struct flow_entry){
        .home = &sim->pool, .handle = handle, .ref = ref, .type = (uint8_t)type};
    entry->size = (uint32_t)protobuf_c_message_pack(message, entry->body);
    bool fits = ring_push(&sim->port.entries, &entry);
    require(fits);
    return true;
}

static void
checkpoint_forget(struct sim_checkpoint *checkpoint)
{
    free(checkpoint->bytes);
    *checkpoint = (struct sim_checkpoint){0};
}

/* Durable: what the older of the two does not need may go. */
static void
checkpoint_written(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    if (sim->writing.bytes == NULL || sim->failing) {
        checkpoint_forget(&sim->writing);
        return;
    }
    checkpoint_forget(&sim->checkpoints[0]);
    sim->checkpoints[0] = sim->checkpoints[1];
    sim->checkpoints[1] = sim->writing;
    sim->writing = (struct sim_checkpoint){0};
    sim->stats.checkpoints += 1;
    uint64_t oldest = sim->checkpoints[0].pos;
    if (!sim->trims || oldest == 0) {
        return;
    }
    sim_fault(sim, SIM_FAULT_TRIMMED);
    for (uint64_t pos = sim->base; pos <= oldest; pos++) {
        free(sim->rows[pos].body);
        sim->rows[pos].body = NULL;
    }
    sim->base = oldest + 1;
}

void
journal_checkpoint(struct sim *sim, uint64_t pos, uint8_t *bytes, size_t size)
{
    checkpoint_forget(&sim->writing);
    sim->writing = (struct sim_checkpoint){pos, bytes, size};
    sim_plan_life(sim, random_between(&sim->random, 100, 300000), checkpoint_written, 0, 0);
}

/* Of what was not synced a part at the beginning may be on the disk all the same. */
void
journal_crash(struct sim *sim)
{
    unsigned left = 0;
    unsigned unwritten = 0;
    journal_take(sim);
    while (unwritten < sim->unsynced_count && sim->unsynced[unwritten]->pos != 0) {
        unwritten += 1; /* durable, only not delivered */
    }
    unsigned open = sim->unsynced_count - unwritten;
    if (open > 0 && !sim->failing) {
        left = (unsigned)random_between(&sim->random, 0, open);
        sim_fault(sim, left > 0 ? SIM_FAULT_TORN : SIM_FAULT_LOST);
    }
    for (unsigned i = 0; i < left; i++) {
        journal_write(sim, sim->unsynced[unwritten + i]);
    }
    sim->unsynced_count = 0;
    sim->syncing = false;
    if (sim->writing.bytes != NULL && random_chance(&sim->random, 500)) {
        checkpoint_written(sim, 0, 0);
    } else {
        checkpoint_forget(&sim->writing);
    }
}

static void
journal_replay_into(struct sim *sim, struct desk *desk, uint64_t from, uint64_t upto)
{
    for (uint64_t pos = from; pos <= upto && !sim->broken; pos++) {
        const struct sim_row *row = &sim->rows[pos];
        desk_replay(&(struct flow_record){.pos = pos,
                                          .time_us = row->time_us,
                                          .type = (enum record_type)row->type,
                                          .body = row->body,
                                          .size = row->size},
                    desk);
        oracle_replayed(sim, desk, pos);
    }
}

/* The newest; now and then it is damaged, and the older one, or everything, must do. */
static const struct sim_checkpoint *
checkpoint_choose(struct sim *sim)
{
    const struct sim_checkpoint *newest = &sim->checkpoints[1];
    const struct sim_checkpoint *older = &sim->checkpoints[0];
    if (newest->bytes == NULL || (!sim->trims && random_chance(&sim->random, 300))) {
        return NULL;
    }
    return older->bytes != NULL && random_chance(&sim->random, 200) ? older : newest;
}

struct desk *
journal_restore(struct sim *sim, uint64_t upto)
{
    const struct sim_checkpoint *from = checkpoint_choose(sim);
    struct desk *desk = sim_new_desk(sim);
    uint64_t base = 1;
    if (from != NULL) {
        enum error failed = desk_restore(desk, from->pos, from->bytes, from->size);
        if (failed != ERROR_NONE) {
            sim_broken(sim, "checkpoint", "the one at %llu cannot be used: %s",
                       (unsigned long long)from->pos, error_text(failed));
        }
        sim->stats.restores += 1;
        base = from->pos + 1;
        oracle_replayed(sim, desk, from->pos);
    }
    journal_replay_into(sim, desk, base, upto);
    return desk;
}

void
journal_free(struct sim *sim)
{
    for (uint64_t pos = 1; pos <= sim->last; pos++) {
        free(sim->rows[pos].body);
    }
    free(sim->rows);
    checkpoint_forget(&sim->checkpoints[0]);
    checkpoint_forget(&sim->checkpoints[1]);
    checkpoint_forget(&sim->writing);
}
