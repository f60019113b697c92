/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contact ID in a DC-09 frame: QEEE GG ZZZ. Q: 1 new or opening, 3 restore or closing, 6 still
 * present. Blanks are counted loosely, and GG and ZZZ may be missing: code and zone are what
 * matters.
 */
#include "intake/dc09_chars.h"
#include "intake/dc09_payload.h"

#include <string.h>

static void
skip_blanks(struct dc09_view *text)
{
    while (text->size > 0 && text->data[0] == ' ') {
        text->data += 1;
        text->size -= 1;
    }
}

/* Takes up to `max` characters that a Contact ID field may hold. */
static struct dc09_view
take_field(struct dc09_view *text, size_t max)
{
    struct dc09_view field = {text->data, 0};

    while (field.size < max && field.size < text->size && dc09_is_hex(text->data[field.size])) {
        field.size += 1;
    }
    text->data += field.size;
    text->size -= field.size;
    return field;
}

static bool
all_digits(struct dc09_view field)
{
    for (size_t i = 0; i < field.size; i++) {
        if (!dc09_is_digit(field.data[i])) {
            return false;
        }
    }
    return true;
}

/* Reads one section. Returns how many of the three fields were there; 0: no event. */
static unsigned
read_section(struct dc09_view section, struct dc09_event *ret)
{
    struct dc09_event event = {.meaning = {.subject = "unknown code", .what = ""}};
    struct dc09_view rest = section;

    skip_blanks(&rest);
    struct dc09_view code = take_field(&rest, 4);
    if (code.size != 4) {
        return 0;
    }
    memcpy(event.code, code.data, 4);
    struct dc09_view digits = {code.data + 1, 3};
    if (all_digits(digits)) {
        event.meaning =
            dc09_code_cid((unsigned)((digits.data[0] - '0') * 100 + (digits.data[1] - '0') * 10 +
                                     (digits.data[2] - '0')));
    }
    event.restore = code.data[0] == '3';
    event.still_present = code.data[0] == '6';
    event.class_hint = event.meaning.class_hint;
    if (event.restore && event.meaning.known) {
        event.class_hint = PRIORITY_P5;
    }
    skip_blanks(&rest);
    event.area = take_field(&rest, 2);
    skip_blanks(&rest);
    event.zone = take_field(&rest, 3);
    while (event.zone.size > 0 && rest.size > 0 && dc09_is_digit(rest.data[0])) {
        event.zone.size += 1; /* a fourth digit belongs to it: half a zone is a wrong zone */
        rest.data += 1;
        rest.size -= 1;
    }
    skip_blanks(&rest);
    event.text = rest;
    *ret = event;
    return event.zone.size > 0 ? 3 : event.area.size > 0 ? 2 : 1;
}

/*
 * Some panels put the account without # in front of the bar, so each section between bars is tried
 * and the one with the most fields is the event; of several whole ones the gravest (REQ R0).
 */
unsigned
dc09_read_cid(struct dc09_view payload, struct dc09_event events[DC09_EVENTS_MAX], bool *ret_more)
{
    unsigned best = 0;
    unsigned whole = 0;
    struct dc09_view rest = payload;

    events[0] =
        (struct dc09_event){.meaning = {.subject = "no event", .what = ""}, .text = payload};
    while (rest.size > 0) {
        const char *bar = memchr(rest.data, '|', rest.size);
        struct dc09_view section = {rest.data, bar == NULL ? rest.size : (size_t)(bar - rest.data)};
        struct dc09_event event;
        unsigned fields = read_section(section, &event);
        whole += fields > 1 ? 1 : 0;
        if (fields > best || (fields > 1 && fields == best &&
                              dc09_event_gravity(&event) > dc09_event_gravity(&events[0]))) {
            best = fields;
            events[0] = event;
        }
        size_t used = bar == NULL ? section.size : section.size + 1;
        rest.data += used;
        rest.size -= used;
    }
    *ret_more = whole > 1;
    return 1;
}
