/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/counts.h"

#include "base/counters.h"
#include "base/stages.h"
#include "outlet/wire.h"

enum
{
#define X(name, text) COUNT_##name,
    COUNTER_LIST(X)
#undef X
        COUNT_COUNT
};

static void
fill_counters(Larwm__Console__Counter *counters)
{
#define X(counter, text)                                                                           \
    larwm__console__counter__init(&counters[COUNT_##counter]);                                     \
    counters[COUNT_##counter].name = (char *)(uintptr_t) #counter; /* only read */                 \
    counters[COUNT_##counter].value = counter_get(counter);
    COUNTER_LIST(X)
#undef X
}

static void
fill_stage(Larwm__Console__Stage *message, enum stage stage, uint64_t counts[STAGE_BUCKETS])
{
    const struct stage_times *times = &stage_times[stage];
    larwm__console__stage__init(message);
    message->name = (char *)(uintptr_t)stage_name(stage); /* only read */
    message->sum_us = atomic_load_explicit(&times->sum_us, memory_order_relaxed);
    message->counts = counts;
    for (unsigned i = 0; i < STAGE_BUCKETS; i++) {
        counts[i] = atomic_load_explicit(&times->counts[i], memory_order_relaxed);
        message->n_counts = counts[i] > 0 ? i + 1 : message->n_counts;
    }
}

struct buffer *
counts_frame(struct buffer_store *store, uint64_t ref)
{
    Larwm__Console__Counter counters[COUNT_COUNT];
    Larwm__Console__Counter *counter_pointers[COUNT_COUNT];
    Larwm__Console__Stage stages[STAGE_COUNT];
    Larwm__Console__Stage *stage_pointers[STAGE_COUNT];
    uint64_t counts[STAGE_COUNT][STAGE_BUCKETS];
    Larwm__Console__Counters message = LARWM__CONSOLE__COUNTERS__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    fill_counters(counters);
    for (unsigned i = 0; i < COUNT_COUNT; i++) {
        counter_pointers[i] = &counters[i];
    }
    for (unsigned i = 0; i < STAGE_COUNT; i++) {
        fill_stage(&stages[i], (enum stage)i, counts[i]);
        stage_pointers[i] = &stages[i];
    }
    message.ref = ref;
    message.n_counters = COUNT_COUNT;
    message.counters = counter_pointers;
    message.n_stages = STAGE_COUNT;
    message.stages = stage_pointers;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_COUNTERS;
    frame.counters = &message;
    return wire_server_frame(store, &frame);
}
