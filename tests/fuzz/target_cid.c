/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of Contact ID payloads; the input is the payload. Promises: events lie in it and are
 * bounded; a whole panic before or behind anything is not lowered by it (REQ R0).
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define PANIC "1120 01 001"
#define PANIC_SIZE (sizeof(PANIC) - 1)

static void
check_panic_stays(const uint8_t *data, size_t size, bool front)
{
    char *payload = malloc(PANIC_SIZE + 1 + size);
    struct dc09_message message = {.token = DC09_TOKEN_ADM_CID,
                                   .payload = {payload, PANIC_SIZE + 1 + size}};
    struct dc09_signal signal;

    FUZZ_CHECK(payload != NULL);
    payload[front ? PANIC_SIZE : size] = '|';
    memcpy(payload + (front ? 0 : size + 1), PANIC, PANIC_SIZE);
    memcpy(payload + (front ? PANIC_SIZE + 1 : 0), data, size);
    dc09_interpret(&message, &signal);
    FUZZ_CHECK(signal.class_hint == PRIORITY_P1 && !signal.restore && signal.known);
    fuzz_check_signal(&signal);
    free(payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dc09_event events[DC09_EVENTS_MAX];
    bool more = true;
    uint8_t *bytes = fuzz_copy(data, size);
    struct dc09_view payload = {(const char *)bytes, size};

    unsigned count = dc09_read_cid(payload, events, &more);
    fuzz_check_events(events, count, more, payload);
    for (unsigned i = 0; i < count; i++) {
        FUZZ_CHECK(events[i].code[0] == '\0' || strlen(events[i].code) == 4);
        FUZZ_CHECK(!events[i].restore || events[i].code[0] == '3');
        FUZZ_CHECK(events[i].area.size <= 2 && events[i].zone.size <= payload.size);
    }
    if (size <= 512) {
        check_panic_stays(bytes, size, true);
        check_panic_stays(bytes, size, false);
    }
    free(bytes);
    return 0;
}
