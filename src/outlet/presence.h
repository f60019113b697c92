/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is here: counts the sessions of each user on duty and of each police gateway, and says which
 * of them the journal does not know yet. Several sessions of one user count as one; the record that
 * a user has gone is due when the last of them closes, and the desk decides how long to wait (REQ
 * A5). A record that could not be journaled stays due. Pure; one thread.
 */
#ifndef OUTLET_PRESENCE_H
#define OUTLET_PRESENCE_H

#include "larwm/limits.h"

#include <stdbool.h>

#define PRESENCE_NONE (-1)

struct presence_entry
{
    char user[LIMIT_USER]; /* empty: free */
    bool gateway;          /* a police gateway; its names are apart from people's */
    int role;              /* of the newest session */
    unsigned sessions;
    bool known_present; /* what the journal holds */
    int known_role;
    bool sent_present; /* what is on its way */
    int sent_role;
    bool on_its_way;
};

struct presence
{
    struct presence_entry entries[LIMIT_OPERATORS];
};

/* One more session of `user`. Returns the entry, or PRESENCE_NONE when LIMIT_OPERATORS are here. */
int presence_join(struct presence *presence, const char *user, int role, bool gateway);
/* One session less. */
void presence_leave(struct presence *presence, int entry);
/* The next entry at or after `from` whose record is due, or PRESENCE_NONE. */
int presence_due(const struct presence *presence, int from);
/* The record is on its way: present or not and as what it says is in sent_present, sent_role. */
void presence_sent(struct presence *presence, int entry);
/* It is durable, or failed and is due again. Entries out of range or not on their way: ignored. */
void presence_settled(struct presence *presence, int entry, bool durable);

#endif
