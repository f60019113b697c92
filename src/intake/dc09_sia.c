/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIA DC-03 event blocks in a DC-09 frame.
 *
 *     N            new events (O: old ones)
 *     ti12:00:00/  id12/  ri1/  pi3/    modifiers: two small letters and a value; ri and id hold
 * for the events after them PA001        an event: two capitals and a zone ^text^       the panel's
 * words on the event before, also *'text' and |Atext
 *
 * In the field the slash is often missing ("Nri1CL0^VX FRONTE ^") and the text not closed, so
 * nothing here insists on either.
 */
#include "intake/dc09_chars.h"
#include "intake/dc09_payload.h"

#include <string.h>

struct block
{
    const char *text;
    size_t size;
    size_t at;
    struct dc09_view area; /* of the latest ri */
    struct dc09_view user; /* of the latest id */
    struct dc09_event *events;
    struct dc09_event *latest; /* what a following text belongs to; NULL: none, or not kept */
    unsigned count;
    bool more;
};

/* Text from the present place up to, and over, the first of `ends` (or the end). */
static struct dc09_view
take_until(struct block *block, const char *ends)
{
    struct dc09_view text = {block->text + block->at, 0};

    while (block->at < block->size && strchr(ends, block->text[block->at]) == NULL) {
        block->at += 1;
        text.size += 1;
    }
    return text;
}

static bool
letters_at(const struct block *block, size_t at, bool (*belongs)(char))
{
    return at + 1 < block->size && belongs(block->text[at]) && belongs(block->text[at + 1]);
}

static bool
known_code_at(const struct block *block, size_t at)
{
    return letters_at(block, at, dc09_is_upper) && dc09_code_sia(block->text + at).known;
}

static bool
is_value_char(char c)
{
    return dc09_is_alnum(c) || c == ':' || c == '-' || c == '.';
}

/* ri, id, ti ... with its value. A known code in capitals ends the value where the slash is
 * missing. */
static void
read_modifier(struct block *block)
{
    const char *name = block->text + block->at;
    struct dc09_view value = {name + 2, 0};

    block->at += 2;
    while (block->at < block->size && is_value_char(block->text[block->at]) &&
           !known_code_at(block, block->at) && !letters_at(block, block->at, dc09_is_lower)) {
        block->at += 1;
        value.size += 1;
    }
    if (memcmp(name, "ri", 2) == 0) {
        block->area = value;
    } else if (memcmp(name, "id", 2) == 0) {
        block->user = value;
    }
}

/* Where the next event goes. When all places are taken, a graver one takes the least grave's. */
static struct dc09_event *
place_for(struct block *block, const struct dc09_event *event)
{
    struct dc09_event *least = &block->events[0];

    if (block->count < DC09_EVENTS_MAX) {
        return &block->events[block->count++];
    }
    block->more = true;
    for (unsigned i = 1; i < DC09_EVENTS_MAX; i++) {
        if (dc09_event_gravity(&block->events[i]) < dc09_event_gravity(least)) {
            least = &block->events[i];
        }
    }
    return dc09_event_gravity(event) > dc09_event_gravity(least) ? least : NULL;
}

static void
add_event(struct block *block, const char *code, struct dc09_view zone)
{
    struct dc09_event event = {
        .meaning = dc09_code_sia(code), .area = block->area, .zone = zone, .user = block->user};

    memcpy(event.code, code, 2);
    event.restore = event.meaning.restore;
    event.class_hint = event.meaning.class_hint;
    block->latest = place_for(block, &event);
    if (block->latest != NULL) {
        *block->latest = event;
    }
}

/* Two capitals and the zone: letters and digits, up to a separator or the next code. */
static void
read_event(struct block *block)
{
    const char *code = block->text + block->at;
    struct dc09_view zone = {code + 2, 0};

    block->at += 2;
    while (block->at < block->size && dc09_is_alnum(block->text[block->at]) &&
           !known_code_at(block, block->at) && !letters_at(block, block->at, dc09_is_lower)) {
        block->at += 1;
        zone.size += 1;
    }
    add_event(block, code, zone);
}

static void
attach_text(struct block *block, struct dc09_view text)
{
    if (block->latest != NULL && text.size > 0) {
        block->latest->text = text;
    }
}

/* *'text'NM: Hikvision and Galaxy write the words so; what follows the quote is a format name. */
static void
read_quoted(struct block *block)
{
    while (block->at < block->size &&
           (block->text[block->at] == '*' || block->text[block->at] == '\'')) {
        block->at += 1;
    }
    attach_text(block, take_until(block, "'^|"));
    (void)take_until(block, "/^|");
}

/* N or O before an event or a modifier only opens the block: "NA001" is no activity, "NRR" is N,
 * RR. */
static bool
opens_block(const struct block *block)
{
    char c = block->text[block->at];

    return (c == 'N' || c == 'O') && (letters_at(block, block->at + 1, dc09_is_upper) ||
                                      letters_at(block, block->at + 1, dc09_is_lower));
}

/* Called at the start of the payload and after each bar. */
static void
open_section(struct block *block)
{
    if (block->at >= block->size) {
        return;
    }
    if (block->text[block->at] == 'A' && block->count > 0) {
        block->at += 1; /* |Atext: the words on the events before */
        attach_text(block, take_until(block, "|"));
    } else if (opens_block(block)) {
        block->at += 1;
    }
}

static void
read_next(struct block *block)
{
    char c = block->text[block->at];

    if (c == '|') {
        block->at += 1;
        open_section(block);
    } else if (c == '^') {
        block->at += 1;
        attach_text(block, take_until(block, "^"));
        block->at += block->at < block->size ? 1 : 0;
    } else if (c == '*' || c == '\'') {
        read_quoted(block);
    } else if (letters_at(block, block->at, dc09_is_lower)) {
        read_modifier(block);
    } else if (letters_at(block, block->at, dc09_is_upper)) {
        read_event(block);
    } else {
        block->at += 1; /* a slash, or nothing we know */
    }
}

unsigned
dc09_read_sia(struct dc09_view payload, struct dc09_event events[DC09_EVENTS_MAX], bool *ret_more)
{
    struct block block = {.text = payload.data, .size = payload.size, .events = events};

    open_section(&block);
    while (block.at < block.size) {
        read_next(&block);
    }
    *ret_more = block.more;
    if (block.count == 0) {
        events[0] =
            (struct dc09_event){.meaning = {.subject = "no event", .what = ""}, .text = payload};
        return 1;
    }
    return block.count;
}
