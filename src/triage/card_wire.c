/* SPDX-License-Identifier: Apache-2.0 */
/* Packed cards read field by field: an answer is compared with the card that is there already, and
 * that card asked for two of its values, without unpacking a kilobyte of texts. */
#include "base/varint.h"
#include "triage/state.h"

#include <string.h>

#define CARD_CHECKED 2 /* field numbers of proto/card.proto */
#define CARD_BADGES 8
#define CARD_CASE 9
#define CARD_SILENT 14
#define CASE_RISK 5

/* One field: its number, and its bytes behind the tag. */
struct wire_field
{
    uint32_t number;
    uint64_t value;       /* of a number; of a text or message its size */
    const uint8_t *bytes; /* of a text or message; of others the packed value */
    size_t size;
};

struct wire
{
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static uint64_t
wire_varint(struct wire *wire)
{
    uint64_t value = 0;
    wire->failed = !varint_take(&wire->at, wire->end, &value) || wire->failed;
    return value;
}

/* False at the end, and when it is malformed. */
static bool
wire_next(struct wire *wire, struct wire_field *field)
{
    if (wire->at >= wire->end) {
        return false;
    }
    uint64_t tag = wire_varint(wire);
    field->number = (uint32_t)(tag >> 3);
    field->value = 0;
    field->bytes = wire->at;
    size_t left = (size_t)(wire->end - wire->at);
    if ((tag & 7) == 0) {
        field->value = wire_varint(wire);
    } else if ((tag & 7) == 1 && left >= 8) {
        wire->at += 8;
    } else if ((tag & 7) == 5 && left >= 4) {
        wire->at += 4;
    } else if ((tag & 7) == 2) {
        field->value = wire_varint(wire);
        field->bytes = wire->at;
        wire->failed = wire->failed || field->value > (uint64_t)(wire->end - wire->at);
        wire->at += wire->failed ? 0 : field->value;
    } else {
        wire->failed = true;
    }
    field->size = (size_t)(wire->at - field->bytes);
    return !wire->failed;
}

/* The next one that counts. */
static bool
wire_next_counted(struct wire *wire, struct wire_field *field)
{
    while (wire_next(wire, field)) {
        if (field->number != CARD_CHECKED && field->number != CARD_BADGES) {
            return true;
        }
    }
    return false;
}

bool
card_is_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    struct wire one = {.at = a, .end = a + a_size};
    struct wire other = {.at = b, .end = b + b_size};
    struct wire_field of_one;
    struct wire_field of_other;
    while (wire_next_counted(&one, &of_one)) {
        if (!wire_next_counted(&other, &of_other) || of_one.number != of_other.number ||
            of_one.size != of_other.size ||
            memcmp(of_one.bytes, of_other.bytes, of_one.size) != 0) {
            return false;
        }
    }
    return !wire_next_counted(&other, &of_other) && !one.failed && !other.failed;
}

bool
card_peek(const uint8_t *card, size_t size, bool *ret_silent, uint32_t *ret_risk)
{
    struct wire wire = {.at = card, .end = card + size};
    struct wire_field field;
    *ret_silent = false; /* what is not there is 0 */
    *ret_risk = 0;
    while (wire_next(&wire, &field)) {
        if (field.number == CARD_SILENT) {
            *ret_silent = field.value != 0;
        } else if (field.number == CARD_CASE) {
            struct wire person = {.at = field.bytes, .end = field.bytes + field.size};
            struct wire_field of_person;
            while (wire_next(&person, &of_person)) {
                *ret_risk = of_person.number == CASE_RISK ? (uint32_t)of_person.value : *ret_risk;
            }
            wire.failed = wire.failed || person.failed;
        }
    }
    return !wire.failed;
}
