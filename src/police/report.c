/* SPDX-License-Identifier: Apache-2.0 */
#include "police/message.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

#define PART "police"

static void
police_report_drop_first(struct police_message *message)
{
    message->reports_count--;
    memmove(&message->reports[0], &message->reports[1],
            message->reports_count * sizeof message->reports[0]);
}

void
police_report_add(struct police_message *message, Larwm__Journal__PoliceEvent event,
                  uint32_t update_no, const char *detail)
{
    if (message->reports_count == POLICE_REPORTS_MAX) {
        /* Only failures and superseded updates can fill it; the second oldest is never on its way.
         */
        log_error(PART, "too many reports wait for larwmd; one is left out");
        memmove(&message->reports[1], &message->reports[2],
                (POLICE_REPORTS_MAX - 2) * sizeof message->reports[0]);
        message->reports_count--;
    }
    struct police_report *report = &message->reports[message->reports_count];
    *report = (struct police_report){.event = event, .update_no = update_no};
    (void)text_copy(report->detail, sizeof report->detail, detail);
    message->reports_count++;
    police_report_flush(message);
}

void
police_report_failure(struct police_message *message, const char *why)
{
    uint64_t hash = hash_bytes(1, why, strlen(why));
    uint64_t now_ms = clock_mono_ms();
    for (unsigned i = 0; i < POLICE_FAILURES_KEPT; i++) {
        if (message->failures[i].hash == hash) {
            if (now_ms - message->failures[i].at_ms < POLICE_FAILURE_MS) {
                return;
            }
            message->failures[i].hash = 0;
        }
    }
    unsigned slot = message->failures_next % POLICE_FAILURES_KEPT;
    message->failures[slot].hash = hash;
    message->failures[slot].at_ms = now_ms;
    message->failures_next++;
    police_report_add(message, LARWM__JOURNAL__POLICE_EVENT__POLICE_FAILED,
                      message->plan.step == POLICE_STEP_UPDATE ? message->plan.number : 0, why);
}

void
police_report_flush(struct police_message *message)
{
    struct police_report *report = &message->reports[0];
    if (message->reports_count == 0 || report->ref != 0 || message->shown == NULL) {
        return;
    }
    Larwm__Journal__Police body = LARWM__JOURNAL__POLICE__INIT;
    body.incident = message->incident;
    body.message_id = message->shown->escalation->message_id;
    body.event = report->event;
    body.detail = report->detail;
    body.update_no = report->update_no;
    uint64_t ref = 0;
    if (message->services->report(message->services->data, &body, &ref) == ERROR_NONE) {
        report->ref = ref;
    }
}

void
police_report_rewind(struct police_message *message)
{
    for (unsigned i = 0; i < message->reports_count; i++) {
        message->reports[i].ref = 0;
    }
}

bool
police_report_take(struct police_message *message, const Larwm__Console__Result *result,
                   bool *ret_gone)
{
    if (message->reports_count == 0 || message->reports[0].ref != result->ref) {
        return false;
    }
    message->reports[0].ref = 0;
    *ret_gone = !result->ok && strcmp(result->refusal, "NOT_FOUND") == 0;
    bool senseless = !result->ok && strcmp(result->refusal, "BAD_REQUEST") == 0;
    if (!result->ok) {
        log_warning(PART, "larwmd refused a report: %s", result->refusal);
    }
    if (result->ok || *ret_gone || senseless) {
        police_report_drop_first(message);
        police_report_flush(message);
    }
    return true;
}
