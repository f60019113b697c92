/* SPDX-License-Identifier: Apache-2.0 */
/* The three cores with the limits and policy of the configuration. */
#include "desk/internal.h"

static int64_t
desk_seconds(unsigned seconds)
{
    return (int64_t)seconds * US_PER_S;
}

static struct escalation_policy
desk_escalation_policy(const struct desk_policy *from)
{
    struct escalation_policy policy = escalation_policy_default();
    policy.classes[PRIORITY_P1].all_us = desk_seconds(from->p1_all_consoles_s);
    policy.classes[PRIORITY_P1].supervisor_us = desk_seconds(from->p1_supervisor_s);
    policy.classes[PRIORITY_P1].stalled_us = desk_seconds(from->stalled_s);
    policy.classes[PRIORITY_P2].all_us = desk_seconds(from->p2_all_consoles_s);
    policy.classes[PRIORITY_P2].supervisor_us = desk_seconds(from->p2_supervisor_s);
    policy.classes[PRIORITY_P3].all_us = desk_seconds(from->p3_all_consoles_s);
    policy.classes[PRIORITY_P3].supervisor_us = desk_seconds(3 * from->p3_all_consoles_s);
    policy.classes[PRIORITY_P4].all_us = desk_seconds(from->p4_all_consoles_s);
    policy.classes[PRIORITY_P4].supervisor_us = desk_seconds(4 * from->p4_all_consoles_s);
    policy.no_operator_grace_us = desk_seconds(from->boot_grace_s);
    policy.police_answer_us = desk_seconds(from->police_answer_s);
    policy.update_gap_us = desk_seconds(from->update_interval_s);
    return policy;
}

enum error
desk_create_cores(struct desk *desk)
{
    const struct desk_policy *from = &desk->options.policy;
    uint32_t incidents = desk->options.incidents_max;
    struct triage_limits limits = {.incidents = incidents,
                                   .pending = LIMIT_PENDING_SIGNALS,
                                   .units = 65536,
                                   .zones = 65536,
                                   .users = LIMIT_OPERATORS};
    struct triage_policy triage = triage_policy_default();
    triage.correlate_us = desk_seconds(from->correlation_s);
    triage.again_us = (int64_t)from->ask_again_ms * US_PER_MS;
    triage.repeat_dc09_us = desk_seconds(from->dc09_repeat_s);
    triage.repeat_retry_us = desk_seconds(from->dc09_retry_s);
    if (from->mass_loss_units != 0) { /* 0: as usual */
        triage.mass_loss_units = from->mass_loss_units;
        triage.mass_loss_us = desk_seconds(from->mass_loss_s);
    }
    triage.presence_grace_us = desk_seconds(from->presence_s);
    struct escalation_policy escalation = desk_escalation_policy(from);
    struct supervision_policy supervision = supervision_policy_default();
    supervision.lost_permille = from->lost_after_percent * 10;
    enum error failed = triage_create(&limits, &triage, desk->options.node, &desk->triage);
    if (failed == ERROR_NONE) {
        failed = escalation_create(incidents, &escalation, &desk->escalation);
    }
    if (failed == ERROR_NONE) {
        failed = supervision_create(LIMIT_UNITS, &supervision, clock_mono_ms(), &desk->supervision);
    }
    return failed;
}
