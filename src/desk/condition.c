/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The centre's own condition, as every console shows it: database, schema, journal, disk, police
 * gateway, overload, and the auditor. A change is also posted as RECORD_SYSTEM, for the audit
 * trail.
 */
#include "desk/internal.h"

#include "base/text.h"

#include <string.h>

#define POLICE_SETTLED_TICKS 10u /* five seconds */

static const Larwm__Journal__SystemKind kinds[DESK_CONDITION_COUNT] = {
    [DESK_CONDITION_DATABASE] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_DATABASE,
    [DESK_CONDITION_SCHEMA] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_SCHEMA,
    [DESK_CONDITION_JOURNAL] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_JOURNAL_FAULT,
    [DESK_CONDITION_DISK_FULL] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_DISK_FULL,
    [DESK_CONDITION_POLICE] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_POLICE_GATEWAY,
    [DESK_CONDITION_OVERLOAD] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_OVERLOAD,
    [DESK_CONDITION_SUPERVISION] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_OVERLOAD,
    [DESK_CONDITION_RECORDER] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_DATABASE,
    [DESK_CONDITION_AUDIT] = LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_OVERLOAD,
};

void
desk_condition_set(struct desk *desk, enum desk_condition condition, bool raised,
                   const char *detail)
{
    struct desk_notice *notice = &desk->notices[condition];
    char text[sizeof notice->detail] = ""; /* compared as it would be kept: cut */
    (void)text_copy(text, sizeof text, detail);
    if (notice->raised == raised && (!raised || strcmp(notice->detail, text) == 0)) {
        return;
    }
    bool changed = notice->raised != raised;
    notice->raised = raised;
    if (raised) {
        memcpy(notice->detail, text, sizeof text);
    }
    desk->status_dirty = true;
    if (!changed) {
        return;
    }
    notice->since_us = clock_wall_us();
    if (raised) {
        log_warning("desk", "system alarm: %s", notice->detail);
    } else {
        log_info("desk", "over: %s", notice->detail);
    }
    Larwm__Journal__System system = LARWM__JOURNAL__SYSTEM__INIT;
    system.kind = kinds[condition];
    system.raised = raised;
    system.detail = notice->detail;
    (void)desk_post(desk, RECORD_SYSTEM,
                    &system.base); /* for the audit; the notice stands anyway */
}

void
desk_condition_look(struct desk *desk)
{
    struct desk_journal_state journal;
    desk->links.journal_state(desk->links.data, &journal);
    desk_condition_set(desk, DESK_CONDITION_DISK_FULL, journal.disk_full,
                       "the journal's disk is full: units are told to retry");
    /* Reliability row 3: also an error that the journal overcame before we looked. */
    bool fault = !journal.ok && !journal.disk_full;
    const char *detail =
        fault            ? journal.detail
        : journal.faulty ? "the journal's disk gave an error: look at the disk"
        : desk->options.recovery_fault != NULL && desk->options.recovery_fault[0] != '\0'
            ? desk->options.recovery_fault
            : NULL;
    desk_condition_set(desk, DESK_CONDITION_JOURNAL, detail != NULL, detail != NULL ? detail : "");
    /* after a start the gateway is given a moment to come back */
    bool settled = desk->ticks > POLICE_SETTLED_TICKS;
    desk_condition_set(desk, DESK_CONDITION_POLICE, settled && desk->police_gateways == 0,
                       "no police gateway is connected: telephone the control room");
}

void
desk_status_fill(struct desk *desk, Larwm__Console__Status *status,
                 Larwm__Console__SystemNotice *notices, Larwm__Console__SystemNotice **pointers)
{
    struct desk_journal_state journal;
    desk->links.journal_state(desk->links.data, &journal);
    status->database_up = desk->database_up;
    status->database_since_us = desk->database_since_us;
    status->schema_ok = desk->schema_ok;
    status->schema_detail = desk->schema_detail;
    status->journal_ok = journal.ok;
    status->journal_detail =
        (char *)(uintptr_t)journal.detail; /* protobuf-c has no const strings */
    status->journal_position = journal.position;
    status->recorded_position = record_applied(desk->record);
    status->units_connected = desk->links.units_connected(desk->links.data);
    status->units_lost = supervision_lost_count(desk->supervision);
    status->operators_on_duty = triage_duty_count(desk->triage);
    status->police_gateway_up = desk->police_gateways > 0;
    for (unsigned i = 0; i < DESK_CONDITION_COUNT; i++) {
        if (desk->notices[i].raised) {
            larwm__console__system_notice__init(&notices[i]);
            notices[i].kind = kinds[i];
            notices[i].since_us = desk->notices[i].since_us;
            notices[i].detail = desk->notices[i].detail;
            pointers[status->n_notices] = &notices[i];
            status->n_notices += 1;
        }
    }
    status->notices = pointers;
}
