/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIA DC-03 event codes: two letters. Codes with a meaning of their own come first; the rest are a
 * subject letter (P panic, F fire ...) with a condition letter (A alarm, R restored ...).
 */
#include "intake/dc09_codes.h"

#include <string.h>

struct special
{
    char code[3];
    unsigned char kind;
    unsigned char class_hint;
    bool restore;
    bool silent;
    const char *subject;
};

#define IS(code, kind, class_hint, subject)                                                        \
    {                                                                                              \
        code, SIGNAL_##kind, PRIORITY_##class_hint, false, false, subject                          \
    }
#define ENDS(code, kind, subject)                                                                  \
    {                                                                                              \
        code, SIGNAL_##kind, PRIORITY_P5, true, false, subject                                     \
    }

static const struct special specials[] = {
    /* SIA has no separate duress code; HA is "silent alarm, user under duress". HV is hold-up. */
    {"HA", SIGNAL_DURESS, PRIORITY_P1, false, true, "hold-up or duress, silent"},
    {"HV", SIGNAL_HOLDUP, PRIORITY_P1, false, true, "confirmed hold-up"},
    IS("PT", FAULT, P2, "panic zone trouble"),
    IS("HT", FAULT, P2, "hold-up zone trouble"),
    IS("BV", INTRUSION, P1, "burglary verified"),
    IS("BG", INTRUSION, P1, "burglary, not verified"),
    IS("BC", CANCEL, P5, "burglary cancelled"),
    IS("OC", CANCEL, P5, "cancelled by user"),
    IS("EA", INTRUSION, P2, "exit alarm"),
    IS("JA", WRONG_CODE, P2, "user code tamper"),
    IS("DD", WRONG_CODE, P2, "access denied"),
    IS("AT", POWER_LOSS, P3, "mains power lost"),
    ENDS("AR", POWER_LOSS, "mains power restored"),
    IS("YT", LOW_BATTERY, P3, "system battery low"),
    ENDS("YR", LOW_BATTERY, "system battery restored"),
    IS("YM", LOW_BATTERY, P3, "system battery missing"),
    IS("YP", FAULT, P3, "power supply trouble"),
    ENDS("YQ", FAULT, "power supply restored"),
    IS("YC", COMMS_TROUBLE, P2, "communication failed"),
    ENDS("YK", COMMS_TROUBLE, "communication restored"),
    IS("YS", COMMS_TROUBLE, P2, "communication trouble"),
    IS("YW", FAULT, P3, "watchdog reset"),
    IS("YX", FAULT, P3, "service required"),
    IS("LT", COMMS_TROUBLE, P2, "telephone line trouble"),
    ENDS("LR", COMMS_TROUBLE, "telephone line restored"),
    IS("NT", COMMS_TROUBLE, P2, "network trouble"),
    ENDS("NR", COMMS_TROUBLE, "network restored"),
    IS("XT", LOW_BATTERY, P3, "transmitter battery low"),
    ENDS("XR", LOW_BATTERY, "transmitter battery restored"),
    IS("XL", COMMS_TROUBLE, P3, "radio signal low or lost"),
    IS("XQ", JAM, P1, "radio interference"),
    ENDS("XH", JAM, "radio interference ended"),
    IS("XS", TAMPER, P1, "radio receiver tamper"),
    ENDS("XJ", TAMPER, "radio receiver tamper restored"),
    IS("UY", FAULT, P3, "point missing"),
    IS("UZ", TAMPER, P2, "point missing while armed"),
    IS("NA", NO_ACTIVITY, P2, "no activity"),
    ENDS("NS", NO_ACTIVITY, "activity resumed"),
    IS("RP", TEST, P5, "automatic test"),
    IS("RX", TEST, P5, "manual test"),
    IS("TX", TEST, P5, "test report"),
    IS("TS", TEST, P5, "test started"),
    {"TE", SIGNAL_TEST, PRIORITY_P5, true, false, "test ended"},
    IS("LF", TEST, P5, "listen-in begins"),
    IS("RR", FAULT, P4, "system powered up"),
    IS("LB", FAULT, P3, "local programming began"),
    ENDS("LX", FAULT, "local programming ended"),
    IS("OP", OPEN_CLOSE, P5, "opened by user"),
    ENDS("CL", OPEN_CLOSE, "closed by user"),
    IS("OA", OPEN_CLOSE, P5, "opened automatically"),
    ENDS("CA", OPEN_CLOSE, "closed automatically"),
    IS("OQ", OPEN_CLOSE, P5, "opened remotely"),
    ENDS("CQ", OPEN_CLOSE, "closed remotely"),
    ENDS("CG", OPEN_CLOSE, "closed in part"),
    /* The following are recalled, unverified. */
    IS("OR", OPEN_CLOSE, P5, "disarmed after an alarm"),
    IS("OS", OPEN_CLOSE, P5, "opened by key switch"),
    ENDS("CS", OPEN_CLOSE, "closed by key switch"),
    ENDS("CP", OPEN_CLOSE, "closed automatically"),
    ENDS("CF", OPEN_CLOSE, "closed by force"),
    ENDS("CR", OPEN_CLOSE, "closed recently"),
};

struct subject
{
    char letter;
    unsigned char kind;
    unsigned char class_hint; /* of its alarm */
    const char *text;
};

/* The order is standards.md 2.2's. HA stands among the specials. */
static const struct subject subjects[] = {
    {'P', SIGNAL_PANIC, PRIORITY_P1, "panic"},
    {'H', SIGNAL_DURESS, PRIORITY_P1, "hold-up"},
    {'M', SIGNAL_MEDICAL, PRIORITY_P1, "medical"},
    {'Q', SIGNAL_PANIC, PRIORITY_P1, "emergency"},
    {'F', SIGNAL_FIRE, PRIORITY_P1, "fire"},
    {'B', SIGNAL_INTRUSION, PRIORITY_P1, "burglary"},
    {'T', SIGNAL_TAMPER, PRIORITY_P1, "tamper"},
    {'G', SIGNAL_GAS, PRIORITY_P1, "gas"},
    {'K', SIGNAL_FIRE, PRIORITY_P1, "heat"},
    {'W', SIGNAL_GAS, PRIORITY_P2, "water"},
    {'Z', SIGNAL_GAS, PRIORITY_P2, "freeze"},
    {'U', SIGNAL_INTRUSION, PRIORITY_P2,
     "untyped zone"}, /* may be any zone: not less than a door */
};

struct condition
{
    char letter;
    unsigned char kind;       /* 0: the subject's */
    unsigned char class_hint; /* 0: the subject's */
    bool restore;
    const char *text;
};

static const struct condition conditions[] = {
    {'A', 0, 0, false, "alarm"},
    {'H', 0, PRIORITY_P5, true, "alarm restored"},
    {'R', 0, PRIORITY_P5, true, "restored"},
    {'T', SIGNAL_FAULT, PRIORITY_P3, false, "trouble"},
    {'J', SIGNAL_FAULT, PRIORITY_P5, true, "trouble restored"},
    {'B', SIGNAL_BYPASS, PRIORITY_P3, false, "bypassed"},
    {'U', SIGNAL_BYPASS, PRIORITY_P5, true, "bypass removed"},
    {'S', SIGNAL_FAULT, PRIORITY_P3, false, "supervisory"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct dc09_meaning
special_meaning(const struct special *row)
{
    return (struct dc09_meaning){.kind = row->kind,
                                 .class_hint = row->class_hint,
                                 .restore = row->restore,
                                 .silent = row->silent,
                                 .known = true,
                                 .subject = row->subject,
                                 .what = ""};
}

static struct dc09_meaning
pair_meaning(const struct subject *subject, const struct condition *condition)
{
    return (struct dc09_meaning){.kind = condition->kind != 0 ? condition->kind : subject->kind,
                                 .class_hint = condition->class_hint != 0 ? condition->class_hint
                                                                          : subject->class_hint,
                                 .restore = condition->restore,
                                 .known = true,
                                 .subject = subject->text,
                                 .what = condition->text};
}

static const struct special *
find_special(const char letters[2])
{
    for (size_t i = 0; i < COUNT(specials); i++) {
        if (memcmp(specials[i].code, letters, 2) == 0) {
            return &specials[i];
        }
    }
    return NULL;
}

struct dc09_meaning
dc09_code_sia(const char letters[2])
{
    const struct special *special = find_special(letters);

    if (special != NULL) {
        return special_meaning(special);
    }
    for (size_t s = 0; s < COUNT(subjects); s++) {
        for (size_t c = 0; subjects[s].letter == letters[0] && c < COUNT(conditions); c++) {
            if (conditions[c].letter == letters[1]) {
                return pair_meaning(&subjects[s], &conditions[c]);
            }
        }
    }
    return (struct dc09_meaning){.kind = SIGNAL_UNKNOWN, .subject = "unknown code", .what = ""};
}

bool
dc09_code_row_sia(size_t index, struct dc09_code_row *ret)
{
    if (index < COUNT(specials)) {
        memcpy(ret->code, specials[index].code, 3);
    } else if (index - COUNT(specials) < COUNT(subjects) * COUNT(conditions)) {
        size_t pair = index - COUNT(specials);
        ret->code[0] = subjects[pair / COUNT(conditions)].letter;
        ret->code[1] = conditions[pair % COUNT(conditions)].letter;
        ret->code[2] = '\0';
    } else {
        return false;
    }
    ret->meaning = dc09_code_sia(ret->code);
    return true;
}
