/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message to a control room, in larwm's own terms: what an adapter turns into CAP, and could
 * turn into another force's format. Personal data of a person at risk: never logged. Pure, any
 * thread.
 *
 * Identifiers (REQ E5): the Alert goes under escalation.message_id, update n under "<id>-u<n>", the
 * cancel under "<id>-c". All instants come from the incident, never from our clock, so that a
 * message is the same after a restart.
 */
#ifndef POLICE_NOTICE_H
#define POLICE_NOTICE_H

#include "console.pb-c.h"
#include "larwm/limits.h"
#include "police/facts.h"

#include <stdbool.h>
#include <stdint.h>

#define POLICE_IDENTIFIER 64
#define POLICE_NEWS 512

enum police_kind
{
    POLICE_ALERT,
    POLICE_UPDATE,
    POLICE_CANCEL,
};

struct police_notice
{
    enum police_kind kind;
    uint32_t update_no;                       /* UPDATE: which; else 0 */
    char identifier[POLICE_IDENTIFIER];       /* of this message */
    char alert_identifier[POLICE_IDENTIFIER]; /* of the Alert it belongs to */
    int64_t sent_us;                          /* wall time; the document's `sent` is its second */
    int64_t alert_sent_us;
    char reference[POLICE_IDENTIFIER]; /* of the incident: "1-123" */
    enum escalation_reason reason;
    int64_t unverified_since_us;  /* 0 unless the reason says so */
    char text[LIMIT_POLICE_TEXT]; /* the frozen message */
    struct police_facts facts;    /* of `text`; UPDATE: position as it is now */
    char news[POLICE_NEWS];       /* UPDATE, CANCEL: what is new, one line; ALERT "" */
};

/*
 * Fills *ret_notice from an incident with an escalation. `update_no` is for POLICE_UPDATE. False
 * when the incident has no message identifier that CAP can carry (nothing is then filled).
 */
bool police_notice_fill(const Larwm__Console__Incident *incident, enum police_kind kind,
                        uint32_t update_no, struct police_notice *ret_notice);

#endif
