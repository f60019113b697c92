/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a message amounts to, and the explanation an engineer reads. The first byte of the input
 * chooses: bits 0 and 1 the token in front of the rest (3: the rest is a whole body), bit 2
 * explains a frame with good header, bit 3 the bare input. Promises: texts end, are UTF-8 and free
 * of control characters; times survive being written; positions are on the globe.
 */
#include "fuzz.h"

#include "base/text.h"
#include "intake/dc09_clock.h"
#include "intake/dc09_explain.h"
#include "intake/dc09_time.h"
#include "intake/dc09_xdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPLANATION_SIZE (1u << 17)

static const char *const starts[] = {"\"SIA-DCS\"0001L0#A10001[", "\"ADM-CID\"0001L0#A10001[",
                                     "\"NULL\"0000L0#A10001[", ""};

/* Every line of the explanation is text a terminal can show. */
static void
check_explanation(const uint8_t *bytes, size_t size)
{
    static char text[EXPLANATION_SIZE];
    static FILE *to;

    if (to == NULL) {
        to = fmemopen(text, sizeof(text), "w");
        FUZZ_CHECK(to != NULL);
    }
    rewind(to);
    (void)dc09_explain(to, bytes, size, fuzz_key(), 16);
    FUZZ_CHECK(fflush(to) == 0);
    long length = ftell(to);
    FUZZ_CHECK(length > 0 && length < (long)sizeof(text) - 1);
    FUZZ_CHECK(text_is_utf8(text, (size_t)length));
    for (long i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        FUZZ_CHECK((c >= 0x20 && c != 0x7F) || c == '\n');
        FUZZ_CHECK(c != 0xC2 || (unsigned char)text[i + 1] >= 0xA0);
    }
}

static void
check_texts(const struct dc09_message *message)
{
    for (unsigned i = 0; i < message->xdata_count; i++) {
        for (size_t size = 1; size <= 9; size += 4) {
            char text[9];
            size_t written = dc09_text_to_utf8(message->xdata[i].value, text, size);
            FUZZ_CHECK(written < size && text[written] == '\0');
            fuzz_check_text(text, size);
        }
        FUZZ_CHECK(dc09_xdata_meaning(message->xdata[i].letter)[0] != '\0');
    }
}

static void
check_values(const struct dc09_message *message)
{
    struct dc09_position position;
    struct dc09_clock_policy policy = dc09_clock_default();
    char text[DC09_TIME_SIZE + 1];
    int64_t again_us = 0;

    int64_t time_us = dc09_device_time_us(message);
    FUZZ_CHECK(dc09_time_parse(dc09_time_format(time_us, text), DC09_TIME_SIZE, &again_us));
    FUZZ_CHECK(again_us == time_us);
    if (dc09_xdata_position(message, &position)) {
        FUZZ_CHECK(position.latitude >= -90 && position.latitude <= 90);
        FUZZ_CHECK(position.longitude >= -180 && position.longitude <= 180);
        FUZZ_CHECK(!position.has_altitude ||
                   (position.altitude_m >= -20000 && position.altitude_m <= 20000));
    }
    struct dc09_clock_verdict first = dc09_clock_judge(&policy, message, FUZZ_NOON, false);
    struct dc09_clock_verdict second = dc09_clock_judge(&policy, message, FUZZ_NOON, true);
    FUZZ_CHECK(!second.nak && second.alive && second.suspect == first.suspect);
    FUZZ_CHECK(!first.nak || (first.suspect && message->encrypted));
}

/* The body in a frame with good header, or as it is when no frame can hold it. */
static void
explain_framed(const uint8_t *body, size_t size)
{
    char header[16];
    uint8_t *bytes = malloc(size + 8);

    FUZZ_CHECK(bytes != NULL);
    (void)snprintf(header, sizeof(header), "%04X%04X", dc09_crc16(body, size),
                   (unsigned)(size & 0xFFF));
    memcpy(bytes, header, 8);
    memcpy(bytes + 8, body, size);
    check_explanation(bytes, size + 8);
    free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dc09_message message;
    struct dc09_signal signal;

    if (size < 1 || size > LIMIT_DC09_FRAME) {
        return 0;
    }
    const char *start = starts[data[0] & 3];
    size_t body_size = strlen(start) + size - 1;
    uint8_t *body = malloc(body_size == 0 ? 1 : body_size);
    FUZZ_CHECK(body != NULL);
    memcpy(body, start, strlen(start));
    memcpy(body + strlen(start), data + 1, size - 1);
    struct dc09_frame frame = {.body = body, .body_size = body_size};

    (void)!dc09_decode(&frame, &message);
    dc09_interpret(&message, &signal);
    fuzz_check_signal(&signal);
    check_texts(&message);
    check_values(&message);
    dc09_interpret_unreadable(&message, &signal);
    fuzz_check_signal(&signal);
    if ((data[0] & 4) != 0) {
        explain_framed(body, body_size);
    }
    if ((data[0] & 8) != 0) {
        check_explanation(data + 1, size - 1);
    }
    free(body);
    return 0;
}
