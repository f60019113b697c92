/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words for the control room, in a fixed order, from what is known and nothing else: it never
 * says a marker is active unless it was checked (REQ B3), and never holds an address, a name or a
 * case that the card does not give (REQ G17: a stolen or unallocated unit has none).
 * The result is personal data: it goes to the police gateway and the console, never to the log.
 * Pure, any thread.
 */
#ifndef ESCALATION_MESSAGE_H
#define ESCALATION_MESSAGE_H

#include "card.pb-c.h"
#include "escalation/escalation.h"

/* What the card does not hold. */
struct escalation_subject
{
    uint64_t incident;
    uint8_t kind;    /* enum signal_kind */
    uint8_t reason;  /* enum escalation_reason; REASON_NONE for a preview */
    uint32_t badges; /* bit (1 << enum badge) */
    bool no_operator;
    bool test;
    int64_t opened_us;
    int64_t last_signal_us;
    uint32_t press_count;
    uint64_t linked; /* another incident at the same address, 0 none */
    int64_t unverified_since_us;
    const char *zone; /* of the gravest signal, or NULL (REQ A16) */
    bool has_fix;
    double latitude;
    double longitude;
    uint32_t accuracy_m;
    int64_t fix_us;        /* 0 unknown */
    int64_t now_us;        /* for ages */
    const char *telephone; /* of this centre, or NULL */
};

/* Writes the text, always ended by NUL, lines ended by '\n'. `card` may be NULL (not resolved).
 * Returns its length without the NUL. What does not fit is cut at the end; the order puts what the
 * officers need first at the front. */
size_t escalation_message(const struct escalation_subject *subject, const Larwm__Card *card,
                          char to[LIMIT_POLICE_TEXT]);

#endif
