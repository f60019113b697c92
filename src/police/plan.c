/* SPDX-License-Identifier: Apache-2.0 */
#include "police/plan.h"

static bool
police_plan_waits(const struct police_view *view)
{
    return view->state == ESCALATION_QUEUED || view->state == ESCALATION_SENT ||
           view->state == ESCALATION_NO_ANSWER;
}

/* Which message waits for a decision. After a restart the number of a repeated request that has
 * gone already is not certain; the newest update the control room has is then asked about. */
static void
police_plan_choose_primary(const struct police_view *view, struct police_memory *memory)
{
    uint32_t primary = memory->primary;
    if (!police_plan_waits(view)) {
        return;
    }
    if (!view->answered_before) {
        primary = 0;
    } else if (view->state == ESCALATION_QUEUED) {
        primary = view->update_no;
    } else if (primary == 0) {
        primary = view->update_sent;
    }
    if (primary != memory->primary) {
        memory->primary = primary;
        memory->handed_over = false;
        memory->answered = false;
        memory->lost = false;
        memory->tried = false;
    }
}

static bool
police_plan_update(const struct police_view *view, const struct police_memory *memory)
{
    return view->update_no > view->update_sent && view->update_no > memory->update_done;
}

struct police_plan
police_plan_next(const struct police_view *view, struct police_memory *memory)
{
    police_plan_choose_primary(view, memory);
    struct police_plan primary = {.number = memory->primary};
    struct police_plan update = {POLICE_STEP_UPDATE, view->update_no};
    if (view->cancel_wanted) {
        return (struct police_plan){memory->cancel_done ? POLICE_STEP_NONE : POLICE_STEP_CANCEL, 0};
    }
    if (police_plan_waits(view) && !memory->answered) {
        bool gone = !memory->lost && (memory->handed_over || view->state != ESCALATION_QUEUED);
        if (gone && view->state != ESCALATION_QUEUED && !memory->update_failed &&
            police_plan_update(view, memory)) {
            return update;
        }
        primary.step = gone ? POLICE_STEP_POLL : POLICE_STEP_SEND;
        return primary;
    }
    if (view->state == ESCALATION_ACCEPTED && police_plan_update(view, memory)) {
        return update;
    }
    if (view->state == ESCALATION_CANCELLED && memory->tried && !memory->handed_over &&
        !memory->answered) {
        primary.step = POLICE_STEP_LISTEN;
        return primary;
    }
    return primary; /* POLICE_STEP_NONE */
}
