/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool
rig_publish(void *data, struct registry *registry)
{
    (void)data;
    registry_free(registry);
    return true;
}

static struct registry *
rig_retired(void *data)
{
    (void)data;
    return NULL;
}

static unsigned
rig_units_connected(void *data)
{
    (void)data;
    return 0;
}

static void
rig_checkpoint(void *data, uint64_t pos, uint8_t *bytes, size_t size)
{
    struct rig *rig = data;
    (void)size;
    atomic_store(&rig->checkpoint_pos, pos);
    free(bytes);
}

static void
rig_journal_state(void *data, struct desk_journal_state *ret)
{
    struct rig *rig = data;
    bool failing = atomic_load(&rig->failing);
    *ret = (struct desk_journal_state){
        .ok = !failing, .disk_full = failing, .detail = failing ? "full" : ""};
}

struct rig *
rig_new(unsigned incidents)
{
    struct rig *rig = calloc(1, sizeof *rig);
    clock_init();
    rig->last_seen = calloc(1, sizeof *rig->last_seen);
    rig->time_us = RIG_START_US;
    struct desk_options options = {
        .node = 1,
        .version = "test",
        .conninfo = "host=/nonexistent dbname=larwm user=larwm",
        .deadline_ms = 250,
        .incidents_max = incidents,
        .policy = {20, 40, 90, 180, 300, 900, 15, 5, 10, 120, 600, 30, 250, 600, 60, 0, 0, 1000},
        .last_seen = rig->last_seen,
    };
    cr_assert_eq(desk_create(&options, &rig->desk), ERROR_NONE);
    cr_assert_eq(ring_init(&rig->deltas, 8192, sizeof(struct flow_delta *)), ERROR_NONE);
    cr_assert_eq(waker_init_eventfd(&rig->outlet), ERROR_NONE);
    cr_assert_eq(waker_init_eventfd(&rig->journal_waker), ERROR_NONE);
    cr_assert_eq(pool_init(&rig->pool, RIG_BLOCKS, sizeof(struct flow_entry) + LIMIT_RECORD),
                 ERROR_NONE);
    cr_assert_eq(ring_init(&rig->port.entries, RIG_BLOCKS, sizeof(struct flow_entry *)),
                 ERROR_NONE);
    cr_assert_eq(desk_make_entries(rig->desk, RIG_BLOCKS + desk_port_blocks(rig->desk)),
                 ERROR_NONE);
    struct desk_links links = {.data = rig,
                               .publish = rig_publish,
                               .retired = rig_retired,
                               .units_connected = rig_units_connected,
                               .checkpoint = rig_checkpoint,
                               .journal_state = rig_journal_state,
                               .deltas = &rig->deltas,
                               .outlet = &rig->outlet};
    desk_link(rig->desk, &links);
    desk_port(rig->desk)->journal = &rig->journal_waker;
    return rig;
}

/* One entry made durable, or failed. */
static void
rig_journal_entry(struct rig *rig, struct flow_entry *entry, struct flow_port *port)
{
    if (port != &rig->port) {
        bool fails = atomic_load(&rig->failing);
        struct flow_ticket ticket = {.failed = fails ? entry : NULL,
                                     .error = fails ? ERROR_DISK_FULL : ERROR_NONE};
        bool fits = ring_push(&port->tickets, &ticket);
        require(fits);
        waker_wake(port->producer);
        if (fails) {
            atomic_fetch_add(&rig->failed, 1);
            return;
        }
    }
    atomic_fetch_add(&rig->booted, entry->type == RECORD_BOOT ? 1 : 0);
    int64_t now_us = clock_wall_us();
    rig->time_us = now_us > rig->time_us ? now_us : rig->time_us;
    rig->pos += 1;
    entry->pos = rig->pos;
    entry->time_us = rig->time_us;
    bool fits = ring_push(desk_entries(rig->desk), &entry);
    require(fits);
    waker_wake(desk_waker(rig->desk));
}

static bool
rig_journal_has_work(void *data)
{
    struct rig *rig = data;
    return ring_count(&rig->port.entries) > 0 || ring_count(&desk_port(rig->desk)->entries) > 0 ||
           atomic_load(&rig->ending);
}

static void *
rig_journal_run(void *data)
{
    struct rig *rig = data;
    while (!atomic_load(&rig->ending)) {
        struct flow_entry *entry;
        while (ring_pop(&rig->port.entries, &entry)) {
            rig_journal_entry(rig, entry, &rig->port);
        }
        while (ring_pop(&desk_port(rig->desk)->entries, &entry)) {
            rig_journal_entry(rig, entry, desk_port(rig->desk));
        }
        waker_sleep(&rig->journal_waker, 1000, rig_journal_has_work, rig);
    }
    return NULL;
}

void
rig_start(struct rig *rig)
{
    cr_assert_eq(pthread_create(&rig->journal, NULL, rig_journal_run, rig), 0);
    cr_assert_eq(desk_start(rig->desk), ERROR_NONE);
    rig->started = true;
}

void
rig_free(struct rig *rig)
{
    if (rig->started) {
        desk_stop(rig->desk);
        atomic_store(&rig->ending, true);
        waker_wake(&rig->journal_waker);
        cr_assert_eq(pthread_join(rig->journal, NULL), 0);
        rig_drain(rig);
    }
    desk_free(rig->desk);
    for (unsigned i = 0; i < rig->seen_count; i++) {
        larwm__console__incident__free_unpacked(rig->seen[i].view, NULL);
    }
    if (rig->status != NULL) {
        larwm__console__status__free_unpacked(rig->status, NULL);
    }
    if (rig->last_result != NULL) {
        larwm__console__result__free_unpacked(rig->last_result, NULL);
    }
    waker_free(&rig->outlet);
    waker_free(&rig->journal_waker);
    ring_free(&rig->deltas);
    ring_free(&rig->port.entries);
    pool_free(&rig->pool);
    free(rig->last_seen);
    free(rig);
}

uint64_t
rig_replay_bytes(struct rig *rig, enum record_type type, const void *bytes, size_t size)
{
    rig->pos += 1;
    rig->time_us += US_PER_S;
    desk_replay(
        &(struct flow_record){
            .pos = rig->pos, .time_us = rig->time_us, .type = type, .body = bytes, .size = size},
        rig->desk);
    return rig->pos;
}

uint64_t
rig_replay(struct rig *rig, enum record_type type, const ProtobufCMessage *message)
{
    uint8_t bytes[LIMIT_RECORD];
    return rig_replay_bytes(rig, type, bytes, protobuf_c_message_pack(message, bytes));
}

void
rig_send_bytes(struct rig *rig, enum record_type type, const void *bytes, size_t size, uint64_t ref)
{
    struct flow_entry *entry = pool_take(&rig->pool);
    cr_assert_not_null(entry);
    *entry = (struct flow_entry){.home = &rig->pool,
                                 .handle = ref == 0 ? 0 : 7,
                                 .ref = ref,
                                 .type = (uint8_t)type,
                                 .size = (uint32_t)size};
    memcpy(entry->body, bytes, size);
    cr_assert(ring_push(&rig->port.entries, &entry));
    waker_wake(&rig->journal_waker);
}

void
rig_send(struct rig *rig, enum record_type type, const ProtobufCMessage *message, uint64_t ref)
{
    uint8_t bytes[LIMIT_RECORD];
    rig_send_bytes(rig, type, bytes, protobuf_c_message_pack(message, bytes), ref);
}

static void
rig_take_incident(struct rig *rig, const struct flow_delta *delta)
{
    struct rig_seen *seen = NULL;
    for (unsigned i = 0; i < rig->seen_count; i++) {
        seen = rig->seen[i].incident == delta->key ? &rig->seen[i] : seen;
    }
    if (seen == NULL) {
        cr_assert_lt(rig->seen_count, 256);
        seen = &rig->seen[rig->seen_count++];
        seen->incident = delta->key;
    } else {
        larwm__console__incident__free_unpacked(seen->view, NULL);
    }
    seen->view = larwm__console__incident__unpack(NULL, delta->size, delta->body);
    cr_assert_not_null(seen->view);
    cr_assert_eq(seen->view->id, delta->key);
    seen->open = delta->open;
    seen->times += 1;
}

static void
rig_take_result(struct rig *rig, const struct flow_delta *delta)
{
    if (rig->last_result != NULL) {
        larwm__console__result__free_unpacked(rig->last_result, NULL);
    }
    rig->last_result = larwm__console__result__unpack(NULL, delta->size, delta->body);
    cr_assert_not_null(rig->last_result);
    cr_assert_eq(delta->handle, 7);
    cr_assert_lt(rig->last_result->ref, 2048);
    rig->results[rig->last_result->ref] += 1;
}

static void
rig_take(struct rig *rig, const struct flow_delta *delta)
{
    switch ((enum flow_delta_kind)delta->kind) {
        case DELTA_INCIDENT:
            rig_take_incident(rig, delta);
            break;
        case DELTA_RESULT:
            rig_take_result(rig, delta);
            break;
        case DELTA_STATUS:
            if (rig->status != NULL) {
                larwm__console__status__free_unpacked(rig->status, NULL);
            }
            rig->status = larwm__console__status__unpack(NULL, delta->size, delta->body);
            rig->statuses += 1;
            break;
        case DELTA_CREDENTIALS_BEGIN:
            rig->credentials = 0;
            rig->credentials_ended = false;
            break;
        case DELTA_CREDENTIAL:
            rig->credentials += 1;
            break;
        case DELTA_CREDENTIALS_END:
            rig->credentials_ended = true;
            break;
        case DELTA_READY:
            cr_assert_not(rig->ready, "ready is said once");
            rig->ready = true;
            break;
        case DELTA_TICK:
            rig->ticks += 1;
            break;
    }
}

void
rig_drain(struct rig *rig)
{
    struct flow_delta *delta;
    while (!atomic_load(&rig->holding) && ring_pop(&rig->deltas, &delta)) {
        rig_take(rig, delta);
        pool_return(delta->home, delta);
    }
}

static bool
rig_outlet_has_work(void *data)
{
    struct rig *rig = data;
    return !atomic_load(&rig->holding) && ring_count(&rig->deltas) > 0;
}

bool
rig_until(struct rig *rig, bool (*done)(struct rig *rig, uint64_t what), uint64_t what)
{
    uint64_t end_ms = clock_mono_ms() + RIG_WAIT_MS;
    rig_drain(rig);
    while (!done(rig, what)) {
        if (clock_mono_ms() > end_ms) {
            return false;
        }
        waker_sleep(&rig->outlet, 20, rig_outlet_has_work, rig);
        rig_drain(rig);
    }
    return true;
}

bool
rig_is_applied(struct rig *rig, uint64_t what)
{
    (void)what;
    return pool_available(&rig->pool) == RIG_BLOCKS;
}

const struct rig_seen *
rig_see(const struct rig *rig, uint64_t incident)
{
    for (unsigned i = 0; i < rig->seen_count; i++) {
        if (rig->seen[i].incident == incident) {
            return &rig->seen[i];
        }
    }
    return NULL;
}

uint64_t
rig_id(uint64_t pos)
{
    return UINT64_C(1) << 48 | pos;
}

void
rig_signal(Larwm__Journal__Signal *signal, const char *unit, enum signal_kind kind,
           uint64_t sequence)
{
    larwm__journal__signal__init(signal);
    signal->protocol = LARWM__PROTOCOL__PROTOCOL_NATIVE;
    signal->unit = (char *)(uintptr_t)unit;
    signal->kind = (Larwm__SignalKind)kind;
    signal->boot_id = 5;
    signal->sequence = sequence;
    signal->content_hash = 100 + (uint64_t)kind;
    signal->received_us = RIG_START_US;
}

void
rig_card(struct rig_card *card, unsigned number)
{
    memset(card, 0, sizeof *card);
    larwm__card__init(&card->card);
    larwm__case_card__init(&card->person);
    larwm__place__init(&card->place);
    larwm__marker__init(&card->marker);
    (void)snprintf(card->reference, sizeof card->reference, "GW-2026-%04u", number);
    card->card.status = LARWM__RESOLVE_STATUS__RESOLVE_CHECKED;
    card->card.unit_status = LARWM__UNIT_STATUS__UNIT_IN_SERVICE;
    card->card.allocation = number;
    card->card.silent = true;
    card->card.case_card = &card->person;
    card->card.place = &card->place;
    card->card.marker = &card->marker;
    card->person.id = number;
    card->person.reference = card->reference;
    card->person.open = true;
    card->person.risk = LARWM__RISK__RISK_HIGH;
    card->person.police_consent = LARWM__CONSENT__CONSENT_YES;
    card->place.property = number;
    card->marker.status = LARWM__MARKER_STATUS__MARKER_NONE;
}

uint64_t
rig_replay_press(struct rig *rig, const char *unit, enum signal_kind kind, uint64_t sequence)
{
    Larwm__Journal__Signal signal;
    rig_signal(&signal, unit, kind, sequence);
    return rig_replay(rig, RECORD_SIGNAL, &signal.base);
}

uint64_t
rig_replay_resolved(struct rig *rig, uint64_t signal_pos, unsigned number)
{
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    struct rig_card card;
    rig_card(&card, number);
    resolved.signal_pos = signal_pos;
    resolved.card = &card.card;
    return rig_replay(rig, RECORD_RESOLVED, &resolved.base);
}
