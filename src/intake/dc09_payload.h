/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two payload grammars, and what a whole message amounts to.
 *
 *     SIA-DCS   N[ti hh:mm:ss/][id nnn/][ri nn/]CCzzz   "Nri1/PA001", "NFA129", text in ^..^ or
 * |A.. ADM-CID   QEEE GG ZZZ                             "1120 01 001"
 *
 * One frame is one signal: of several events in a block the gravest gives kind and class, and the
 * whole payload stands in the text, so that nothing is hidden. What cannot be read at all is still
 * a signal, of kind SIGNAL_UNKNOWN (REQ R0). Pure, any thread.
 */
#ifndef INTAKE_DC09_PAYLOAD_H
#define INTAKE_DC09_PAYLOAD_H

#include "intake/dc09_codes.h"
#include "intake/dc09_message.h"

#define DC09_EVENTS_MAX 8

struct dc09_event
{
    struct dc09_meaning meaning;
    char code[5];             /* "PA" or "1120" as read; "" when none could be read */
    bool restore;             /* the condition ended; for opening and closing: closed */
    bool still_present;       /* Contact ID Q = 6 */
    enum priority class_hint; /* P5 for a restore, else the meaning's */
    struct dc09_view area;    /* partition or area, digits; may be empty */
    struct dc09_view zone;    /* zone, point or user, digits; may be empty */
    struct dc09_view user;    /* SIA id; may be empty */
    struct dc09_view text;    /* the panel's own words; may be empty */
};

/*
 * Events of a payload, in order; at least one is always given. Returns how many were written,
 * 1..DC09_EVENTS_MAX; *ret_more says that there were more: then the gravest are kept. Contact ID
 * means one event a frame: dc09_read_cid keeps one.
 */
unsigned
dc09_read_sia(struct dc09_view payload, struct dc09_event events[DC09_EVENTS_MAX], bool *ret_more);
unsigned
dc09_read_cid(struct dc09_view payload, struct dc09_event events[DC09_EVENTS_MAX], bool *ret_more);

/* Larger is graver: class first (an unknown code stands between P2 and P3), then silent, then not
 * yet restored. */
int dc09_event_gravity(const struct dc09_event *event);

/* What the journal keeps of the message. Strings are UTF-8 and end with NUL. */
struct dc09_signal
{
    enum signal_kind kind;
    bool restore;
    enum priority class_hint; /* PRIORITY_NONE: the kind decides */
    bool silent;              /* any of the events is a duress or silent code */
    bool known;               /* false: no code of ours; shown as an unknown event */
    unsigned events;          /* 1.. */
    char code[LIMIT_CODE];    /* "SIA PA", "CID 1120"; "SIA ?" when there was none */
    char zone[LIMIT_ZONE];    /* "1/001": area without leading zeros, zone as sent, then the room of
                                 [R..] or the place of [L..] after a blank; parts that are not there
                                 are left out */
    char text[LIMIT_TEXT];    /* the panel's words, [I..] after " - "; the payload where the words
                                 would not tell it all (several events, unknown code) */
};

/*
 * For SIA-DCS and ADM-CID, clear or opened. Never fails. Any other token gives an unknown signal
 * with the payload as text.
 */
void dc09_interpret(const struct dc09_message *message, struct dc09_signal *ret);

/*
 * For an alarm frame no key opens: SIGNAL_UNREADABLE, P1, code "DC09 *SIA-DCS". It must reach an
 * operator although nobody can tell what it says.
 */
void dc09_interpret_unreadable(const struct dc09_message *message, struct dc09_signal *ret);

#endif
