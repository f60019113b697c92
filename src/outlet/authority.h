/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what: one table of acts and roles. Pure; any thread.
 *
 * The outlet asks here before anything is journaled; the desk's own rules (who owns an incident,
 * who may close it) come after. A session's role is checked, never a role named inside a frame.
 */
#ifndef OUTLET_AUTHORITY_H
#define OUTLET_AUTHORITY_H

#include <stdbool.h>

/* Acts that are not an ActionKind of journal.proto, numbered after them. */
enum authority_act
{
    AUTHORITY_POLICE_REPORT = 100, /* journal.Police */
    AUTHORITY_CREDENTIAL = 101,    /* console.CredentialQuery */
    AUTHORITY_WATCH = 102,         /* snapshot and deltas */
    AUTHORITY_ON_DUTY = 103,       /* counts as somebody who can take alarms */
    AUTHORITY_GATEWAY = 104,       /* its coming and going is journaled as a police gateway's */
    AUTHORITY_COUNTERS = 105,      /* console.CountersQuery */
};

/* `act`: an ActionKind or an authority_act; `role`: enum role. False for anything not in the table.
 */
bool authority_allows(int act, int role);

#endif
