/* SPDX-License-Identifier: Apache-2.0 */
/* From the events of a message to the one signal the journal keeps (dc09_payload.h). */
#include "intake/dc09_payload.h"
#include "intake/dc09_xdata.h"

#include <stdio.h>
#include <string.h>

int
dc09_event_gravity(const struct dc09_event *event)
{
    static const int by_class[] = {[PRIORITY_NONE] = 4, [PRIORITY_P1] = 6, [PRIORITY_P2] = 5,
                                   [PRIORITY_P3] = 3,   [PRIORITY_P4] = 2, [PRIORITY_P5] = 1};
    int rank = by_class[event->class_hint] * 4;

    rank += event->meaning.silent ? 2 : 0; /* duress tells more than the panic beside it */
    rank += event->restore ? 0 : 1;
    return rank;
}

static const struct dc09_event *
gravest(const struct dc09_event *events, unsigned count)
{
    const struct dc09_event *best = &events[0];

    for (unsigned i = 1; i < count; i++) {
        if (dc09_event_gravity(&events[i]) > dc09_event_gravity(best)) {
            best = &events[i];
        }
    }
    return best;
}

/* Appends panel text to a string that ends with NUL, after `separator` unless it is the first. */
static void
append_text(char *to, size_t size, const char *separator, struct dc09_view text)
{
    size_t used = strlen(to);
    size_t gap = used == 0 ? 0 : strlen(separator);

    while (text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size -= 1;
    }
    while (text.size > 0 && text.data[0] == ' ') {
        text.data += 1;
        text.size -= 1;
    }
    if (text.size == 0 || used + gap + 1 >= size) {
        return;
    }
    memcpy(to + used, separator, gap);
    (void)dc09_text_to_utf8(text, to + used + gap, size - used - gap);
}

static struct dc09_view
without_leading_zeros(struct dc09_view digits)
{
    while (digits.size > 0 && digits.data[0] == '0') {
        digits.data += 1;
        digits.size -= 1;
    }
    return digits;
}

static void
write_zone(const struct dc09_message *message, const struct dc09_event *event,
           char zone[LIMIT_ZONE])
{
    const struct dc09_xdata *room = dc09_xdata_find(message, 'R');
    const struct dc09_xdata *place = dc09_xdata_find(message, 'L');

    append_text(zone, LIMIT_ZONE, "", without_leading_zeros(event->area));
    append_text(zone, LIMIT_ZONE, "/", event->zone);
    if (room != NULL || place != NULL) {
        append_text(zone, LIMIT_ZONE, " ", room != NULL ? room->value : place->value);
    }
}

static void
write_text(const struct dc09_message *message, const struct dc09_event *event, bool whole_payload,
           char text[LIMIT_TEXT])
{
    const struct dc09_xdata *words = dc09_xdata_find(message, 'I');

    append_text(text, LIMIT_TEXT, " - ", whole_payload ? message->payload : event->text);
    if (words != NULL) {
        append_text(text, LIMIT_TEXT, " - ", words->value);
    }
}

static void
write_code(const char *table, const char *code, char to[LIMIT_CODE])
{
    (void)snprintf(to, LIMIT_CODE, "%s %s", table, code[0] == '\0' ? "?" : code);
}

void
dc09_interpret(const struct dc09_message *message, struct dc09_signal *ret)
{
    struct dc09_event events[DC09_EVENTS_MAX];
    bool contact_id = message->token == DC09_TOKEN_ADM_CID;
    bool more = false;
    unsigned count = contact_id ? dc09_read_cid(message->payload, events, &more)
                                : dc09_read_sia(message->payload, events, &more);
    const struct dc09_event *event = gravest(events, count);

    *ret = (struct dc09_signal){.kind = event->meaning.kind,
                                .restore = event->restore,
                                .class_hint = event->class_hint,
                                .known = event->meaning.known,
                                .events = count};
    bool all_known = true;
    for (unsigned i = 0; i < count; i++) {
        ret->silent = ret->silent || events[i].meaning.silent;
        all_known = all_known && events[i].meaning.known;
    }
    write_code(contact_id ? "CID" : "SIA", event->code, ret->code);
    write_zone(message, event, ret->zone);
    write_text(message, event, more || count > 1 || !all_known, ret->text);
}

void
dc09_interpret_unreadable(const struct dc09_message *message, struct dc09_signal *ret)
{
    *ret = (struct dc09_signal){
        .kind = SIGNAL_UNREADABLE, .class_hint = PRIORITY_P1, .silent = true, .events = 1};
    (void)snprintf(ret->code, sizeof(ret->code), "DC09 %s%.*s", message->encrypted ? "*" : "",
                   (int)message->token_text.size, message->token_text.data);
    if (message->opened && !message->encrypted) {
        append_text(ret->text, sizeof(ret->text), "", message->payload);
    }
}
