/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of SIA DC-03 payloads; the input is the payload. Promises: events lie in it and are
 * bounded; reading it twice gives the same; nothing that follows a panic lowers it (REQ R0).
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define PANIC "Nri1/PA001/"
#define PANIC_SIZE (sizeof(PANIC) - 1)

static void
check_panic_stays(const uint8_t *data, size_t size)
{
    char *payload = malloc(PANIC_SIZE + size);
    struct dc09_message message = {.token = DC09_TOKEN_SIA_DCS,
                                   .payload = {payload, PANIC_SIZE + size}};
    struct dc09_signal signal;

    FUZZ_CHECK(payload != NULL);
    memcpy(payload, PANIC, PANIC_SIZE);
    memcpy(payload + PANIC_SIZE, data, size);
    dc09_interpret(&message, &signal);
    FUZZ_CHECK(signal.class_hint == PRIORITY_P1 && !signal.restore && signal.known);
    fuzz_check_signal(&signal);
    free(payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dc09_event events[DC09_EVENTS_MAX];
    struct dc09_event again[DC09_EVENTS_MAX];
    bool more = true;
    bool more_again = false;
    uint8_t *bytes = fuzz_copy(data, size);
    struct dc09_view payload = {(const char *)bytes, size};

    memset(events, 0, sizeof(events));
    memset(again, 0xA5, sizeof(again));
    unsigned count = dc09_read_sia(payload, events, &more);
    fuzz_check_events(events, count, more, payload);
    FUZZ_CHECK(!more || count == DC09_EVENTS_MAX);
    FUZZ_CHECK(dc09_read_sia(payload, again, &more_again) == count && more_again == more);
    for (unsigned i = 0; i < count; i++) {
        FUZZ_CHECK(strcmp(events[i].code, again[i].code) == 0);
        FUZZ_CHECK(dc09_event_gravity(&events[i]) == dc09_event_gravity(&again[i]));
        FUZZ_CHECK(fuzz_same(events[i].zone, again[i].zone));
    }
    if (size <= 512) {
        check_panic_stays(bytes, size);
    }
    free(bytes);
    return 0;
}
