/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of escalation as tables of a checkpoint, and back. Field numbers are for ever: a member
 * that goes leaves its number unused, a new one takes the next.
 */
#include "base/require.h"
#include "base/sheet.h"
#include "escalation/state.h"

#include <string.h>

/* Whoever changes it adds its members below. */
_Static_assert(sizeof(struct escalation_plan) == 456, "a member has no field");

/* Beside the plans; `incident` is not used. */
static const struct sheet_field state_fields[] = {
    SHEET_FIELD(1, struct escalation, duty),
    SHEET_FIELD(2, struct escalation, absent_since_us),
    SHEET_FIELD(3, struct escalation, time_us),
};
static const struct sheet_kind state_kind = {"escalation", state_fields, ARRAY_COUNT(state_fields)};

static const struct sheet_field plan_fields[] = {
    SHEET_FIELD(1, struct escalation_plan, incident),
    SHEET_FIELD(2, struct escalation_plan, claimed),
    SHEET_FIELD(3, struct escalation_plan, closed),
    SHEET_FIELD(4, struct escalation_plan, alert),
    SHEET_FIELD(5, struct escalation_plan, waited),
    SHEET_FIELD(6, struct escalation_plan, duty_asked),
    SHEET_FIELD(7, struct escalation_plan, waiting_from_us),
    SHEET_FIELD(8, struct escalation_plan, moved_us),
    SHEET_FIELD(9, struct escalation_plan, due_us),
    SHEET_FIELD(10, struct escalation_plan, due_from_us),
    SHEET_FIELD(11, struct escalation_plan, due_kind),
    SHEET_FIELD(12, struct escalation_plan, stalled),
    SHEET_FIELD(13, struct escalation_plan, state),
    SHEET_FIELD(14, struct escalation_plan, reason),
    SHEET_FIELD(15, struct escalation_plan, unverified_since_us),
    SHEET_FIELD(16, struct escalation_plan, no_operator),
    SHEET_FIELD(17, struct escalation_plan, queued_us),
    SHEET_FIELD(18, struct escalation_plan, sent_us),
    SHEET_FIELD(19, struct escalation_plan, answered_us),
    SHEET_FIELD(20, struct escalation_plan, answer_due_us),
    SHEET_FIELD(21, struct escalation_plan, tries),
    SHEET_FIELD(22, struct escalation_plan, update_no),
    SHEET_FIELD(23, struct escalation_plan, update_sent),
    SHEET_FIELD(24, struct escalation_plan, update_us),
    SHEET_FIELD(25, struct escalation_plan, update_what),
    SHEET_FIELD(26, struct escalation_plan, cancel_wanted),
    SHEET_FIELD(27, struct escalation_plan, call_by_phone),
    SHEET_FIELD(28, struct escalation_plan, queued_by),
    SHEET_FIELD(29, struct escalation_plan, log_number),
    SHEET_FIELD(30, struct escalation_plan, rejection),
    SHEET_FIELD(101, struct escalation_plan, facts.priority),
    SHEET_FIELD(102, struct escalation_plan, facts.kind),
    SHEET_FIELD(103, struct escalation_plan, facts.marker),
    SHEET_FIELD(104, struct escalation_plan, facts.marker_last_known),
    SHEET_FIELD(105, struct escalation_plan, facts.marker_last_known_us),
    SHEET_FIELD(106, struct escalation_plan, facts.consent),
    SHEET_FIELD(107, struct escalation_plan, facts.case_attached),
    SHEET_FIELD(108, struct escalation_plan, facts.unit_blocked),
    SHEET_FIELD(109, struct escalation_plan, facts.test),
    SHEET_FIELD(110, struct escalation_plan, facts.technical),
};
const struct sheet_kind escalation_plan_kind = {"plan", plan_fields, ARRAY_COUNT(plan_fields)};

void
escalation_save(const struct escalation *escalation, struct sheet_writer *writer)
{
    sheet_begin(writer, &state_kind);
    sheet_add(writer, escalation);
    sheet_end(writer);
    sheet_begin(writer, &escalation_plan_kind);
    for (uint32_t at = 0; at < escalation->used_max; at++) {
        if (escalation->plans[at].incident != 0) {
            sheet_add(writer, &escalation->plans[at]);
        }
    }
    sheet_end(writer);
}

bool
escalation_plan_load(struct sheet_cursor *cursor, struct escalation_plan *ret_plan)
{
    memset(ret_plan, 0, sizeof *ret_plan);
    return sheet_next(cursor, ret_plan) && ret_plan->incident != 0 &&
           ret_plan->state <= ESCALATION_CANCELLED &&
           memchr(ret_plan->queued_by, 0, sizeof ret_plan->queued_by) != NULL &&
           memchr(ret_plan->log_number, 0, sizeof ret_plan->log_number) != NULL &&
           memchr(ret_plan->rejection, 0, sizeof ret_plan->rejection) != NULL;
}

bool
escalation_load(struct escalation *escalation, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct escalation_plan plan;
    sheet_find(reader, &state_kind, &cursor);
    if (!sheet_next(&cursor, escalation)) {
        return false;
    }
    sheet_find(reader, &escalation_plan_kind, &cursor);
    while (cursor.left > 0) {
        if (!escalation_plan_load(&cursor, &plan) || !escalation_restore(escalation, &plan)) {
            return false;
        }
    }
    return true;
}
