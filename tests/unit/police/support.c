/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdint.h>

static char text[] =
    "PERSONAL ATTACK: panic alarm pressed\n"
    "Received 2025-11-22 01:59 UTC, last signal 01:59:58 UTC. Reference larwm-1-7.\n"
    "POLICE MARKER: ACTIVE, reference SWP-2025-17, until 2026-03-01 00:00 UTC\n"
    "Marker text: Treat as urgent & do not phone ahead\n"
    "ADDRESS: 1 Invented Road <rear>, Aberdychmygol, ZZ1 1ZZ\n"
    "PERSON: Nia Dychmygol, born 1990-01-01\n"
    "POSITION: 51.62080, -3.94320 (within 12 m), 4 s old\n";

void
support_incident(struct support *support)
{
    *support = (struct support){.incident = LARWM__CONSOLE__INCIDENT__INIT,
                                .escalation = LARWM__CONSOLE__ESCALATION__INIT,
                                .view = LARWM__CONSOLE__POSITION_VIEW__INIT,
                                .position = LARWM__POSITION__INIT};
    support->incident.id = 7;
    support->incident.reference = (char *)(uintptr_t) "1-7";
    support->incident.press_count = 1;
    support->incident.last_signal_us = SUPPORT_QUEUED_US - 2000000;
    support->incident.escalation = &support->escalation;
    support->incident.history = support->history;
    support->escalation.state = LARWM__ESCALATION_STATE__ESCALATION_QUEUED;
    support->escalation.message_id = (char *)(uintptr_t) "larwm-1-7";
    support->escalation.reason = LARWM__ESCALATION_REASON__REASON_MARKER_ACTIVE;
    support->escalation.message = text;
    support->escalation.queued_us = SUPPORT_QUEUED_US;
}

void
support_history(struct support *support, Larwm__Console__HistoryKind kind, int64_t time_us,
                const char *words)
{
    size_t at = support->incident.n_history;
    larwm__console__history_entry__init(&support->entries[at]);
    support->entries[at].kind = kind;
    support->entries[at].time_us = time_us;
    support->entries[at].text = (char *)(uintptr_t)words;
    support->history[at] = &support->entries[at];
    support->incident.n_history = at + 1;
}
