/* SPDX-License-Identifier: Apache-2.0 */
#include "escalation/message.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

struct message
{
    char *to;
    size_t used;
};

static const char *
message_kind(uint8_t kind)
{
    static const char *const words[] = {
        [SIGNAL_UNKNOWN] = "ALARM, KIND NOT KNOWN",
        [SIGNAL_PANIC] = "PERSONAL ATTACK: panic alarm pressed",
        [SIGNAL_DURESS] =
            "PERSONAL ATTACK: duress signal, the person may be forced to say all is well",
        [SIGNAL_HOLDUP] = "PERSONAL ATTACK: hold-up alarm",
        [SIGNAL_MEDICAL] = "MEDICAL alarm of a person at risk",
        [SIGNAL_FIRE] = "FIRE alarm at the home of a person at risk",
        [SIGNAL_INTRUSION] = "INTRUSION alarm at the home of a person at risk",
        [SIGNAL_TAMPER] = "TAMPER: alarm equipment interfered with",
        [SIGNAL_FALL] = "FALL or person down",
        [SIGNAL_NO_ACTIVITY] = "NO ACTIVITY of a person at risk",
        [SIGNAL_GAS] = "GAS or environment alarm",
        [SIGNAL_JAM] = "RADIO INTERFERENCE with the alarm of a person at risk",
        [SIGNAL_WRONG_CODE] = "WRONG CODE entered at the alarm",
        [SIGNAL_UNREADABLE] = "ALARM RECEIVED BUT NOT READABLE, treated as a personal attack",
    };
    bool known = kind < sizeof(words) / sizeof(words[0]) && words[kind] != NULL;
    return known ? words[kind] : signal_kind_text(kind);
}

static bool
message_badge(const struct escalation_subject *subject, enum badge badge)
{
    return (subject->badges & UINT32_C(1) << badge) != 0;
}

static bool
message_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* One line, when there is something to say. */
static void
message_line(struct message *message, const char *label, const char *text)
{
    if (message_given(text)) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "%s%s\n", label, text);
    }
}

static void
message_time(int64_t time_us, bool date, char to[32])
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    to[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL) {
        strftime(to, 32, date ? "%Y-%m-%d %H:%M UTC" : "%H:%M:%S UTC", &tm);
    }
}

static void
message_what(struct message *message, const struct escalation_subject *subject)
{
    char id[32];
    char opened[32];
    char last[32];
    escalation_message_id(subject->incident, id);
    message_time(subject->opened_us, true, opened);
    message_time(subject->last_signal_us, false, last);
    message_line(message, "", message_kind(subject->kind));
    text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "Received %s, last signal %s",
                opened, last);
    if (subject->press_count > 1) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ", pressed %u times",
                    subject->press_count);
    }
    text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ". Reference %s.\n", id);
    message_line(message, "Where in the building: ", subject->zone);
    if (subject->test) {
        message_line(message, "",
                     "TEST: made inside an announced test window. No response needed.");
    }
    if (message_badge(subject, BADGE_CANCEL_RECEIVED)) {
        message_line(message, "",
                     "A CANCEL CODE WAS RECEIVED AFTER THE ALARM. It may have been forced: "
                     "do not rely on it.");
    }
    if (subject->linked != 0) {
        escalation_message_id(subject->linked, id);
        message_line(message, "A second person at this address has also raised an alarm: see ", id);
    }
}

static const char *
message_status_words(int status)
{
    switch (status) {
        case MARKER_LAPSED:
            return "lapsed";
        case MARKER_WITHDRAWN:
            return "withdrawn";
        default:
            return "none recorded";
    }
}

/* Says ACTIVE only of what was checked and found active (REQ B3). */
static void
message_marker(struct message *message, const struct escalation_subject *subject,
               const Larwm__Marker *marker)
{
    char when[32] = "";
    size_t *used = &message->used;
    int status = marker == NULL ? MARKER_UNKNOWN : (int)marker->status;
    int known = marker == NULL ? MARKER_UNKNOWN : (int)marker->last_known;
    if (status == MARKER_ACTIVE) {
        text_append(message->to, LIMIT_POLICE_TEXT, used, "POLICE MARKER: ACTIVE");
        if (message_given(marker->reference)) {
            text_append(message->to, LIMIT_POLICE_TEXT, used, ", reference %s", marker->reference);
        }
        if (marker->valid_to_us != 0) {
            message_time(marker->valid_to_us, true, when);
            text_append(message->to, LIMIT_POLICE_TEXT, used, ", until %s", when);
        }
        text_append(message->to, LIMIT_POLICE_TEXT, used, "\n");
        message_line(message, "Marker text: ", marker->text);
    } else if (status == MARKER_UNKNOWN && known == MARKER_ACTIVE) {
        message_time(marker->last_known_us, true, when);
        text_append(message->to, LIMIT_POLICE_TEXT, used,
                    "MARKER NOT CHECKED, last known active, unverified since %s", when);
        if (message_given(marker->reference)) {
            text_append(message->to, LIMIT_POLICE_TEXT, used, ", reference %s", marker->reference);
        }
        text_append(message->to, LIMIT_POLICE_TEXT, used, "\n");
    } else if (status == MARKER_UNKNOWN) {
        message_line(message, "", "MARKER NOT CHECKED: whether there is one is not known");
    } else {
        bool ended = status == MARKER_LAPSED && marker->valid_to_us != 0;
        message_time(ended ? marker->valid_to_us : 0, true, when);
        text_append(message->to, LIMIT_POLICE_TEXT, used, "NO ACTIVE MARKER (%s%s%s)\n",
                    message_status_words(status), ended ? " " : "", ended ? when : "");
    }
    if (message_badge(subject, BADGE_AWAY_FROM_HOME)) {
        message_line(message, "", "The marker is on the home address; the position is elsewhere.");
    }
}

static void
message_place(struct message *message, const struct escalation_subject *subject,
              const Larwm__Place *place)
{
    if (place == NULL || !message_given(place->address)) {
        message_line(message, "", "ADDRESS: not known");
        return;
    }
    text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "ADDRESS: %s", place->address);
    const char *more[2] = {place->town, place->postcode};
    for (unsigned i = 0; i < 2; i++) {
        if (message_given(more[i])) {
            text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ", %s", more[i]);
        }
    }
    text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "\n");
    if (message_badge(subject, BADGE_RESIDENT_MOVED)) {
        message_line(message, "",
                     "RESIDENT MOVED: the person recorded for this alarm no longer lives "
                     "at this address.");
    }
}

static void
message_residence(struct message *message, const Larwm__CaseCard *person)
{
    switch ((int)person->perpetrator_resident) {
        case RESIDENCE_YES:
            message_line(
                message, "",
                "PERPETRATOR BELIEVED RESIDENT AT THE ADDRESS: do not call ahead, do not speak "
                "to the unit.");
            break;
        case RESIDENCE_NO:
            message_line(message, "", "Perpetrator not recorded as resident.");
            break;
        default:
            message_line(message, "",
                         "NOT KNOWN WHETHER THE PERPETRATOR IS RESIDENT: do not call ahead.");
            break;
    }
    message_line(message, "Perpetrator: ", person->perpetrator);
    message_line(message, "Orders: ", person->orders);
}

static void
message_list(struct message *message, const char *label, char **items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "%s%s", i == 0 ? label : "; ",
                    items[i]);
    }
    if (count > 0) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "\n");
    }
}

static void
message_person(struct message *message, const struct escalation_subject *subject,
               const Larwm__CaseCard *person)
{
    if (person == NULL) {
        message_line(message, "", "PERSON: not known, no case is attached to this alarm");
        return;
    }
    /* Who lives there now is not the person recorded for the unit (S8). */
    if (!message_badge(subject, BADGE_RESIDENT_MOVED)) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "PERSON: %s%s%s\n",
                    message_given(person->person_name) ? person->person_name : "name not recorded",
                    message_given(person->born) ? ", born " : "",
                    message_given(person->born) ? person->born : "");
    }
    message_list(message, "HAZARDS: ", person->hazards, person->n_hazards);
    message_residence(message, person);
    message_list(message, "Household: ", person->household, person->n_household);
}

static void
message_position(struct message *message, const struct escalation_subject *subject)
{
    if (!subject->has_fix) {
        message_line(message, "", "POSITION: no fix from the unit");
        return;
    }
    text_append(message->to, LIMIT_POLICE_TEXT, &message->used, "POSITION: %.5f, %.5f",
                subject->latitude, subject->longitude);
    if (subject->accuracy_m != 0) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, " (within %u m)",
                    subject->accuracy_m);
    }
    int64_t age_s = (subject->now_us - subject->fix_us) / 1000000;
    if (subject->fix_us == 0) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ", age not known\n");
    } else if (age_s < 120) {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ", %lld s old\n",
                    (long long)(age_s < 0 ? 0 : age_s));
    } else {
        text_append(message->to, LIMIT_POLICE_TEXT, &message->used, ", %lld min old\n",
                    (long long)(age_s / 60));
    }
}

static void
message_contact(struct message *message, const Larwm__CaseCard *person)
{
    if (person == NULL) {
        return;
    }
    if (!person->may_call) {
        message_line(message, "", "DO NOT TELEPHONE THE PERSON.");
    } else {
        message_line(message, "Telephone: ", person->telephone);
    }
    message_line(message, "Safe contact: ", person->safe_contact);
    message_line(message, "Code word: ", person->code_word);
    message_line(message, "Language: ", person->language);
    message_line(message, "Needs: ", person->needs);
    if ((int)person->police_consent == CONSENT_NO) {
        message_line(message, "",
                     "The person has asked not to involve the police; an operator decided "
                     "to call on the threat to life.");
    }
}

static void
message_unit(struct message *message, const struct escalation_subject *subject)
{
    static const struct
    {
        enum badge badge;
        const char *words;
    } lines[] = {
        {BADGE_STOLEN, "UNIT REPORTED STOLEN: it may be in the perpetrator's hands."},
        {BADGE_LOST, "UNIT REPORTED LOST: who holds it is not known."},
        {BADGE_UNREGISTERED, "The unit is not known to this centre."},
        {BADGE_UNALLOCATED, "The unit is not given out to anybody at present."},
        {BADGE_EARLIER_ALLOCATION, "The unit's time of the alarm lies in an earlier loan."},
        {BADGE_DELAYED, "The signal arrived late."},
        {BADGE_CLOCK_SUSPECT, "The unit's clock is not reliable."},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (message_badge(subject, lines[i].badge)) {
            message_line(message, "", lines[i].words);
        }
    }
    if (subject->no_operator) {
        message_line(message, "", "NO OPERATOR WAS LOGGED ON: sent automatically, not verified.");
    } else if (subject->reason == REASON_UNANSWERED) {
        message_line(message, "", "Sent automatically: no operator had taken it within the limit.");
    }
    message_line(message, "Alarm centre: ", subject->telephone);
}

/* A text cut at the limit may end inside a UTF-8 character, which no XML may hold. */
static void
message_trim(char *to, size_t size)
{
    size_t start = size;
    while (start > 0 && ((unsigned char)to[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)to[start - 1] < 0x80) {
        return;
    }
    unsigned char lead = (unsigned char)to[start - 1];
    size_t needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (size - start < needed) {
        to[start - 1] = '\0';
    }
}

size_t
escalation_message(const struct escalation_subject *subject, const Larwm__Card *card,
                   char to[LIMIT_POLICE_TEXT])
{
    struct message message = {.to = to};
    to[0] = '\0';
    bool stolen = message_badge(subject, BADGE_STOLEN) ||
                  (card != NULL && (int)card->unit_status == UNIT_STOLEN);
    bool disclose = card != NULL && !stolen; /* REQ D24: whoever holds a stolen unit, no address */
    const Larwm__CaseCard *person = disclose ? card->case_card : NULL;
    message_what(&message, subject);
    message_marker(&message, subject, disclose ? card->marker : NULL);
    message_place(&message, subject, disclose ? card->place : NULL);
    message_person(&message, subject, person);
    message_line(&message,
                 "Access: ", disclose && card->place != NULL ? card->place->access_notes : NULL);
    message_position(&message, subject);
    message_contact(&message, person);
    message_unit(&message, subject);
    message_trim(to, strlen(to));
    return strlen(to);
}
