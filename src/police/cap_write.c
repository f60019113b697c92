/* SPDX-License-Identifier: Apache-2.0 */
#include "police/cap.h"

#include "base/require.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct cap_writer
{
    char *to;
    size_t used;
    bool cut; /* sticky: something did not fit */
};

/* What an alarm is called in CAP, in the codes of SIA DC-03 and of Contact ID (DC-05). */
struct cap_event
{
    const char *event;
    const char *category;
    const char *dc03; /* NULL: none fits */
    const char *dc05;
};

static const struct cap_event cap_events[] = {
    [SIGNAL_PANIC] = {"Personal attack alarm", "Security", "PA", "120"},
    [SIGNAL_DURESS] = {"Personal attack alarm, duress", "Security", "HA", "121"},
    [SIGNAL_HOLDUP] = {"Personal attack alarm, hold-up", "Security", "HV", "129"},
    [SIGNAL_MEDICAL] = {"Medical alarm", "Health", "MA", "100"},
    [SIGNAL_FIRE] = {"Fire alarm", "Fire", "FA", "110"},
    [SIGNAL_INTRUSION] = {"Intrusion alarm", "Security", "BA", "130"},
    [SIGNAL_TAMPER] = {"Tamper alarm", "Security", "TA", "137"},
    [SIGNAL_FALL] = {"Fall alarm", "Safety", NULL, NULL},
    [SIGNAL_NO_ACTIVITY] = {"No activity alarm", "Safety", NULL, NULL},
    [SIGNAL_GAS] = {"Gas or environment alarm", "Safety", "GA", "151"},
    [SIGNAL_JAM] = {"Radio interference with an alarm", "Security", "XQ", "344"},
    [SIGNAL_WRONG_CODE] = {"Wrong code at an alarm", "Security", "JA", "461"},
    [SIGNAL_UNREADABLE] = {"Alarm received but not readable", "Security", NULL, NULL},
};
static const struct cap_event cap_event_unknown = {"Alarm", "Security", NULL, NULL};

/* Lines of the message that also go as a parameter of their own. */
static const struct
{
    const char *label;
    const char *parameter;
} cap_lines[] = {
    {"PERSON: ", "caseName"},
    {"ADDRESS: ", "address"},
    {"Where in the building: ", "zone"},
    {"HAZARDS: ", "hazards"},
    {"Perpetrator: ", "perpetrator"},
    {"Household: ", "household"},
    {"Access: ", "access"},
    {"Telephone: ", "telephone"},
    {"Safe contact: ", "safeContact"},
    {"Language: ", "language"},
    {"Needs: ", "needs"},
    {"Alarm centre: ", "alarmCentre"},
};

bool
cap_name_is_valid(const char *name)
{
    size_t size = name == NULL ? 0 : strnlen(name, 201);
    if (size == 0 || size > 200) {
        return false;
    }
    for (const char *at = name; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f || strchr(",<&", *at) != NULL) {
            return false;
        }
    }
    return true;
}

const char *
cap_time(int64_t wall_us, char to[CAP_TIME])
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm tm;
    if (wall_us < 0 || gmtime_r(&seconds, &tm) == NULL ||
        strftime(to, CAP_TIME, "%Y-%m-%dT%H:%M:%S+00:00", &tm) == 0) {
        (void)snprintf(to, CAP_TIME, "1970-01-01T00:00:00+00:00");
    }
    return to;
}

static void
cap_put(struct cap_writer *writer, const char *text, size_t size)
{
    if (writer->cut || size >= CAP_DOCUMENT - writer->used) {
        writer->cut = true;
        return;
    }
    memcpy(writer->to + writer->used, text, size);
    writer->used += size;
}

static void
cap_puts(struct cap_writer *writer, const char *text)
{
    cap_put(writer, text, strlen(text));
}

/* Bytes of the UTF-8 character at `text` when XML 1.0 may hold it, else 0. */
static size_t
cap_character(const char *text, size_t size)
{
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x80) {
        bool control = lead < 0x20 && lead != '\t' && lead != '\n';
        return control || lead == 0x7f ? 0 : 1;
    }
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool nonsense = wanted > size || !text_is_utf8(text, wanted);
    bool forbidden = wanted == 3 && lead == 0xef && (unsigned char)text[1] == 0xbf &&
                     (unsigned char)text[2] >= 0xbe; /* U+FFFE, U+FFFF */
    return nonsense || forbidden ? 0 : wanted;
}

static void
cap_escape(struct cap_writer *writer, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = cap_character(text + i, size - i);
        if (step == 0) {
            cap_puts(writer, "?");
            step = 1;
        } else if (text[i] == '&') {
            cap_puts(writer, "&amp;");
        } else if (text[i] == '<') {
            cap_puts(writer, "&lt;");
        } else if (text[i] == '>') {
            cap_puts(writer, "&gt;");
        } else {
            cap_put(writer, text + i, step);
        }
        i += step;
    }
}

static void
cap_element_span(struct cap_writer *writer, const char *indent, const char *name, const char *text,
                 size_t size)
{
    cap_puts(writer, indent);
    cap_puts(writer, "<");
    cap_puts(writer, name);
    cap_puts(writer, ">");
    cap_escape(writer, text, size);
    cap_puts(writer, "</");
    cap_puts(writer, name);
    cap_puts(writer, ">\n");
}

static void
cap_element(struct cap_writer *writer, const char *indent, const char *name, const char *text)
{
    cap_element_span(writer, indent, name, text, strlen(text));
}

static void
cap_pair(struct cap_writer *writer, const char *element, const char *name, const char *text,
         size_t size)
{
    if (size == 0) {
        return;
    }
    cap_puts(writer, "    <");
    cap_puts(writer, element);
    cap_puts(writer, ">\n");
    cap_element(writer, "      ", "valueName", name);
    cap_element_span(writer, "      ", "value", text, size);
    cap_puts(writer, "    </");
    cap_puts(writer, element);
    cap_puts(writer, ">\n");
}

static void
cap_parameter(struct cap_writer *writer, const char *name, const char *text)
{
    cap_pair(writer, "parameter", name, text, strlen(text));
}

/* REQ B3: the status goes as the message has it; UNKNOWN never becomes anything better. */
static void
cap_parameters_marker(struct cap_writer *writer, const struct police_notice *notice)
{
    char since[CAP_TIME];
    const struct police_facts *facts = &notice->facts;
    cap_parameter(writer, "markerStatus", marker_status_text((int)facts->marker));
    if (facts->marker_last_active) {
        cap_parameter(writer, "markerLastKnown", marker_status_text(MARKER_ACTIVE));
    }
    cap_parameter(writer, "markerReference", facts->marker_reference);
    if (notice->unverified_since_us != 0) {
        cap_parameter(writer, "markerUnverifiedSince",
                      cap_time(notice->unverified_since_us, since));
    }
}

static void
cap_parameters(struct cap_writer *writer, const struct police_notice *notice)
{
    cap_parameter(writer, "news", notice->news);
    cap_parameter(writer, "reason", escalation_reason_text((int)notice->reason));
    cap_parameters_marker(writer, notice);
    if (notice->facts.no_operator) {
        cap_parameter(writer, "noOperator", "true");
    }
    if (notice->facts.test) {
        cap_parameter(writer, "testWindow", "true");
    }
    for (size_t i = 0; i < ARRAY_COUNT(cap_lines); i++) {
        struct police_span line = police_facts_line(notice->text, cap_lines[i].label);
        cap_pair(writer, "parameter", cap_lines[i].parameter, line.text, line.size);
    }
    cap_parameter(writer, "message", notice->text); /* exactly what the operator saw */
}

static void
cap_area(struct cap_writer *writer, const struct police_facts *facts)
{
    char circle[96];
    cap_puts(writer, "    <area>\n");
    if (facts->has_position) {
        double radius_km = facts->accuracy_m == 0 ? 0.1 : (double)facts->accuracy_m / 1000.0;
        (void)snprintf(circle, sizeof circle, "%.5f,%.5f %.3f", facts->latitude, facts->longitude,
                       radius_km);
        cap_element(writer, "      ", "areaDesc", "Position of the alarm unit");
        cap_element(writer, "      ", "circle", circle);
    } else {
        cap_element(writer, "      ", "areaDesc", "See parameter address");
    }
    cap_puts(writer, "    </area>\n");
}

static void
cap_info(struct cap_writer *writer, const struct police_notice *notice)
{
    unsigned kind = (unsigned)notice->facts.kind;
    bool known = kind < ARRAY_COUNT(cap_events) && cap_events[kind].event != NULL;
    const struct cap_event *event = known ? &cap_events[kind] : &cap_event_unknown;
    cap_puts(writer, "  <info>\n");
    cap_element(writer, "    ", "language", "en-GB");
    cap_element(writer, "    ", "category", event->category);
    cap_element(writer, "    ", "event", event->event);
    cap_element(writer, "    ", "urgency", "Immediate");
    cap_element(writer, "    ", "severity", "Extreme");
    cap_element(writer, "    ", "certainty", "Likely");
    if (event->dc03 != NULL) {
        cap_pair(writer, "eventCode", "SIA-DC03", event->dc03, strlen(event->dc03));
        cap_pair(writer, "eventCode", "SIA-DC05", event->dc05, strlen(event->dc05));
    }
    cap_puts(writer, "    <headline>");
    cap_puts(writer, event->event); /* our own words: no identity */
    cap_puts(writer, ", reference ");
    cap_puts(writer, notice->alert_identifier);
    cap_puts(writer, "</headline>\n");
    cap_element(writer, "    ", "description",
                "Alarm of a person at risk. Who and where stand in the parameters of this private "
                "message; the parameter named message holds the whole text.");
    cap_parameters(writer, notice);
    cap_area(writer, &notice->facts);
    cap_puts(writer, "  </info>\n");
}

static void
cap_head(struct cap_writer *writer, const struct police_notice *notice, const char *sender,
         const char *address)
{
    static const char *const types[] = {"Alert", "Update", "Cancel"};
    char time[CAP_TIME];
    cap_element(writer, "  ", "identifier", notice->identifier);
    cap_element(writer, "  ", "sender", sender);
    cap_element(writer, "  ", "sent", cap_time(notice->sent_us, time));
    cap_element(writer, "  ", "status", "Actual");
    cap_element(writer, "  ", "msgType", types[notice->kind]);
    cap_element(writer, "  ", "scope", "Private");
    cap_element(writer, "  ", "addresses", address);
    if (notice->kind != POLICE_ALERT) {
        char triple[512];
        (void)snprintf(triple, sizeof triple, "%s,%s,%s", sender, notice->alert_identifier,
                       cap_time(notice->alert_sent_us, time));
        if (notice->kind == POLICE_CANCEL) {
            cap_element(writer, "  ", "note", notice->news);
        }
        cap_element(writer, "  ", "references", triple);
    }
    if (cap_name_is_valid(notice->reference)) {
        cap_element(writer, "  ", "incidents", notice->reference);
    }
}

enum error
cap_write(const struct police_notice *notice, const char *sender, const char *address,
          char to[CAP_DOCUMENT], size_t *ret_size)
{
    struct cap_writer writer = {.to = to};
    if (!cap_name_is_valid(sender) || !cap_name_is_valid(address) ||
        !cap_name_is_valid(notice->identifier) || !cap_name_is_valid(notice->alert_identifier)) {
        return ERROR_MALFORMED;
    }
    cap_puts(&writer,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"" CAP_NAMESPACE "\">\n");
    cap_head(&writer, notice, sender, address);
    if (notice->kind != POLICE_CANCEL) {
        cap_info(&writer, notice);
    }
    cap_puts(&writer, "</alert>\n");
    if (writer.cut) {
        return ERROR_TOO_LARGE;
    }
    to[writer.used] = '\0';
    *ret_size = writer.used;
    return ERROR_NONE;
}
