/* SPDX-License-Identifier: Apache-2.0 */
#include "police/facts.h"

#include "base/require.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct police_span
police_facts_line(const char *text, const char *label)
{
    size_t size = strlen(label);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        size_t length = end == NULL ? strlen(line) : (size_t)(end - line);
        if (length >= size && memcmp(line, label, size) == 0) {
            return (struct police_span){.text = line + size, .size = length - size};
        }
        line = end == NULL ? NULL : end + 1;
    }
    return (struct police_span){.text = NULL};
}

static enum signal_kind
police_facts_kind(const char *text)
{
    static const struct
    {
        const char *begins;
        enum signal_kind kind;
    } kinds[] = {
        {"PERSONAL ATTACK: duress", SIGNAL_DURESS},
        {"PERSONAL ATTACK: hold-up", SIGNAL_HOLDUP},
        {"PERSONAL ATTACK", SIGNAL_PANIC},
        {"MEDICAL", SIGNAL_MEDICAL},
        {"FIRE", SIGNAL_FIRE},
        {"INTRUSION", SIGNAL_INTRUSION},
        {"TAMPER", SIGNAL_TAMPER},
        {"FALL", SIGNAL_FALL},
        {"NO ACTIVITY", SIGNAL_NO_ACTIVITY},
        {"GAS", SIGNAL_GAS},
        {"RADIO INTERFERENCE", SIGNAL_JAM},
        {"WRONG CODE", SIGNAL_WRONG_CODE},
        {"ALARM RECEIVED BUT NOT READABLE", SIGNAL_UNREADABLE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (strncmp(text, kinds[i].begins, strlen(kinds[i].begins)) == 0) {
            return kinds[i].kind;
        }
    }
    return SIGNAL_UNKNOWN;
}

/* ", reference XYZ," within a marker line. */
static void
police_facts_reference(struct police_span line, char to[POLICE_FACT_REFERENCE])
{
    static const char label[] = ", reference ";
    const char *at = memmem(line.text, line.size, label, sizeof label - 1);
    to[0] = '\0';
    if (at == NULL) {
        return;
    }
    at += sizeof label - 1;
    size_t left = line.size - (size_t)(at - line.text);
    const char *comma = memchr(at, ',', left);
    size_t size = comma == NULL ? left : (size_t)(comma - at);
    if (size < POLICE_FACT_REFERENCE) {
        memcpy(to, at, size);
        to[size] = '\0';
    }
}

/* REQ B3: active only where the text says that it was checked and found so. */
static void
police_facts_marker(const char *text, struct police_facts *facts)
{
    struct police_span active = police_facts_line(text, "POLICE MARKER: ACTIVE");
    struct police_span last = police_facts_line(text, "MARKER NOT CHECKED, last known active");
    struct police_span none = police_facts_line(text, "NO ACTIVE MARKER (");
    facts->marker = MARKER_UNKNOWN;
    if (none.text != NULL) {
        bool lapsed = none.size >= 6 && memcmp(none.text, "lapsed", 6) == 0;
        bool withdrawn = none.size >= 9 && memcmp(none.text, "withdrawn", 9) == 0;
        facts->marker = lapsed ? MARKER_LAPSED : withdrawn ? MARKER_WITHDRAWN : MARKER_NONE;
    } else if (last.text != NULL) {
        facts->marker_last_active = true;
        police_facts_reference(last, facts->marker_reference);
    } else if (active.text != NULL) {
        facts->marker = MARKER_ACTIVE;
        police_facts_reference(active, facts->marker_reference);
    }
}

static void
police_facts_position(const char *text, struct police_facts *facts)
{
    struct police_span line = police_facts_line(text, "POSITION: ");
    char copy[96];
    if (line.text == NULL || line.size >= sizeof copy) {
        return;
    }
    memcpy(copy, line.text, line.size);
    copy[line.size] = '\0';
    unsigned accuracy = 0;
    int got =
        sscanf(copy, "%lf, %lf (within %u m)", &facts->latitude, &facts->longitude, &accuracy);
    facts->has_position = got >= 2 && isfinite(facts->latitude) && isfinite(facts->longitude) &&
                          fabs(facts->latitude) <= 90.0 && fabs(facts->longitude) <= 180.0;
    facts->accuracy_m = got == 3 ? accuracy : 0;
}

void
police_facts_read(const char *text, struct police_facts *ret_facts)
{
    *ret_facts = (struct police_facts){.kind = police_facts_kind(text)};
    police_facts_marker(text, ret_facts);
    police_facts_position(text, ret_facts);
    ret_facts->no_operator = police_facts_line(text, "NO OPERATOR WAS LOGGED ON").text != NULL;
    ret_facts->test = police_facts_line(text, "TEST: ").text != NULL;
}
