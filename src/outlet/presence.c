/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/presence.h"

#include "base/require.h"
#include "base/text.h"

#include <string.h>

int
presence_join(struct presence *presence, const char *user, int role, bool gateway)
{
    require(user[0] != '\0');
    int unused = PRESENCE_NONE;
    for (int i = 0; i < LIMIT_OPERATORS; i++) {
        struct presence_entry *entry = &presence->entries[i];
        if (entry->gateway == gateway && strcmp(entry->user, user) == 0) {
            entry->sessions += 1;
            entry->role = role;
            return i;
        }
        if (unused == PRESENCE_NONE && entry->user[0] == '\0') {
            unused = i;
        }
    }
    if (unused != PRESENCE_NONE) {
        struct presence_entry *entry = &presence->entries[unused];
        *entry = (struct presence_entry){.gateway = gateway, .role = role, .sessions = 1};
        (void)text_copy(entry->user, sizeof entry->user, user);
    }
    return unused;
}

static void
forget_when_gone(struct presence_entry *entry)
{
    if (entry->sessions == 0 && !entry->known_present && !entry->on_its_way) {
        *entry = (struct presence_entry){0};
    }
}

void
presence_leave(struct presence *presence, int index)
{
    require(index >= 0 && index < LIMIT_OPERATORS);
    struct presence_entry *entry = &presence->entries[index];
    require(entry->sessions > 0);
    entry->sessions -= 1;
    forget_when_gone(entry);
}

static bool
is_due(const struct presence_entry *entry)
{
    if (entry->user[0] == '\0' || entry->on_its_way) {
        return false;
    }
    bool present = entry->sessions > 0;
    return present != entry->known_present || (present && entry->role != entry->known_role);
}

int
presence_due(const struct presence *presence, int from)
{
    for (int i = from; i < LIMIT_OPERATORS; i++) {
        if (is_due(&presence->entries[i])) {
            return i;
        }
    }
    return PRESENCE_NONE;
}

void
presence_sent(struct presence *presence, int index)
{
    require(index >= 0 && index < LIMIT_OPERATORS);
    struct presence_entry *entry = &presence->entries[index];
    require(!entry->on_its_way);
    entry->on_its_way = true;
    entry->sent_present = entry->sessions > 0;
    entry->sent_role = entry->role;
}

void
presence_settled(struct presence *presence, int index, bool durable)
{
    if (index < 0 || index >= LIMIT_OPERATORS || !presence->entries[index].on_its_way) {
        return;
    }
    struct presence_entry *entry = &presence->entries[index];
    entry->on_its_way = false;
    if (durable) {
        entry->known_present = entry->sent_present;
        entry->known_role = entry->sent_role;
    }
    forget_when_gone(entry);
}
