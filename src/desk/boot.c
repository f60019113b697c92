/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of our start: it makes everybody forget who was present before.
 *
 * Happy path: it is the first record posted, and clients are let in when it is applied, so that
 * nobody's coming stands before it.
 * Failures: when it cannot be made durable (disk full at start) clients are let in all the same, to
 * see what is known, and it is posted again on each tick: without it people of the last run would
 * count as on duty for ever. Whoever's coming became durable before it is said again after it.
 */
#include "desk/internal.h"

#include "base/text.h"

#include <string.h>

#define BOOT_TICKS_MAX 4u /* clients wait so long for it, half a second each */

void
desk_boot_post(struct desk *desk)
{
    Larwm__Journal__Boot boot = LARWM__JOURNAL__BOOT__INIT;
    boot.node = desk->options.node;
    boot.version = (char *)(uintptr_t)desk->options.version; /* protobuf-c has no const strings */
    desk->boot_wanted = !desk_post(desk, RECORD_BOOT, &boot.base);
}

void
desk_boot_failed(struct desk *desk)
{
    desk->boot_failed = true;
    desk->boot_wanted = true;
}

void
desk_boot_applied(struct desk *desk)
{
    desk->booted = true;
    for (unsigned i = 0; i < LIMIT_OPERATORS; i++) {
        desk->present[i].unsaid = desk->present[i].user[0] != '\0';
    }
}

static struct desk_present *
desk_present_find(struct desk *desk, const char *user)
{
    for (unsigned i = 0; i < LIMIT_OPERATORS; i++) {
        if (strcmp(desk->present[i].user, user) == 0) {
            return &desk->present[i];
        }
    }
    return NULL;
}

void
desk_boot_note_presence(struct desk *desk, const Larwm__Journal__Presence *presence)
{
    if (desk->booted || presence->user[0] == '\0') {
        return;
    }
    struct desk_present *entry = desk_present_find(desk, presence->user);
    if (entry == NULL && presence->present) {
        entry = desk_present_find(desk, "");
    }
    if (entry != NULL) {
        *entry = (struct desk_present){.role = (uint32_t)presence->role};
        (void)text_copy(entry->user, sizeof entry->user, presence->present ? presence->user : "");
    }
}

void
desk_boot_tick(struct desk *desk)
{
    if (desk->boot_wanted) {
        desk_boot_post(desk);
    }
    desk->boot_failed = desk->boot_failed || desk->ticks > BOOT_TICKS_MAX; /* a disk that hangs */
    for (unsigned i = 0; desk->booted && i < LIMIT_OPERATORS; i++) {
        struct desk_present *entry = &desk->present[i];
        if (!entry->unsaid) {
            continue;
        }
        Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
        presence.user = entry->user;
        presence.role = (Larwm__Role)entry->role;
        presence.present = true;
        entry->unsaid = !desk_post(desk, RECORD_PRESENCE, &presence.base);
    }
}
