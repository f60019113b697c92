/* SPDX-License-Identifier: Apache-2.0 */
#include "police/notice.h"

#include "base/text.h"
#include "police/cap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first time this message was queued: after a rejection the operator may ask again, and
 * queued_us then is the second time. */
static int64_t
police_notice_alert_sent(const Larwm__Console__Incident *incident)
{
    int64_t first = incident->escalation->queued_us;
    for (size_t i = 0; i < incident->n_history; i++) {
        const Larwm__Console__HistoryEntry *entry = incident->history[i];
        if (entry->kind == LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_QUEUED &&
            entry->time_us > 0 && entry->time_us < first) {
            first = entry->time_us;
        }
    }
    return first;
}

/* When update `update_no` was wanted. A repeated request after a rejection has no entry of its own:
 * it was wanted when it was queued. */
static int64_t
police_notice_update_sent(const Larwm__Console__Incident *incident, uint32_t update_no)
{
    for (size_t i = 0; i < incident->n_history; i++) {
        const Larwm__Console__HistoryEntry *entry = incident->history[i];
        if (entry->kind == LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_UPDATE &&
            strtoul(entry->text, NULL, 10) == update_no) {
            return entry->time_us;
        }
    }
    return incident->escalation->queued_us;
}

static int64_t
police_notice_cancel_sent(const Larwm__Console__Incident *incident)
{
    int64_t last = incident->last_signal_us;
    for (size_t i = 0; i < incident->n_history; i++) {
        const Larwm__Console__HistoryEntry *entry = incident->history[i];
        if (entry->kind == LARWM__CONSOLE__HISTORY_KIND__HISTORY_CLOSED && entry->time_us > last) {
            last = entry->time_us;
        }
    }
    return last;
}

static void
police_notice_clock(int64_t time_us, char to[16])
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    to[0] = '\0';
    if (gmtime_r(&seconds, &tm) != NULL) {
        (void)strftime(to, 16, "%H:%M:%S", &tm);
    }
}

static void
police_notice_position(struct police_notice *notice, const Larwm__Console__PositionView *view,
                       size_t *used)
{
    const Larwm__Position *position = view == NULL ? NULL : view->position;
    if (position == NULL || !isfinite(position->latitude) || !isfinite(position->longitude) ||
        fabs(position->latitude) > 90.0 || fabs(position->longitude) > 180.0) {
        return;
    }
    char fix[16];
    police_notice_clock(position->fix_time_us != 0 ? position->fix_time_us : view->received_us,
                        fix);
    notice->facts.has_position = true;
    notice->facts.latitude = position->latitude;
    notice->facts.longitude = position->longitude;
    notice->facts.accuracy_m = position->accuracy_m;
    text_append(notice->news, sizeof notice->news, used, " Position %.5f, %.5f at %s UTC.",
                position->latitude, position->longitude, fix);
}

static void
police_notice_update(struct police_notice *notice, const Larwm__Console__Incident *incident)
{
    char last[16];
    size_t used = 0;
    police_notice_clock(incident->last_signal_us, last);
    text_append(notice->news, sizeof notice->news, &used, "Update %u of %s: last signal %s UTC",
                notice->update_no, notice->alert_identifier, last);
    if (incident->press_count > 1) {
        text_append(notice->news, sizeof notice->news, &used, ", pressed %u times",
                    incident->press_count);
    }
    text_append(notice->news, sizeof notice->news, &used, ".");
    police_notice_position(notice, incident->position, &used);
}

static void
police_notice_cancel(struct police_notice *notice, const Larwm__Console__Incident *incident)
{
    static const char *const words[] = {[OUTCOME_FALSE] = "false alarm",
                                        [OUTCOME_PLANNED_TEST] = "planned test",
                                        [OUTCOME_STOCK_HANDLING] = "alarm unit was being handled"};
    unsigned outcome = (unsigned)incident->outcome;
    bool known = outcome < sizeof words / sizeof words[0] && words[outcome] != NULL;
    (void)snprintf(notice->news, sizeof notice->news,
                   "Stand down: closed by the alarm centre as: %s.",
                   known ? words[outcome] : outcome_text((int)outcome));
}

bool
police_notice_fill(const Larwm__Console__Incident *incident, enum police_kind kind,
                   uint32_t update_no, struct police_notice *ret_notice)
{
    const Larwm__Console__Escalation *escalation = incident->escalation;
    /* "-u4294967295" must still fit behind it */
    if (escalation == NULL || strlen(escalation->message_id) > POLICE_IDENTIFIER - 16 ||
        !cap_name_is_valid(escalation->message_id)) {
        return false;
    }
    const char *id = escalation->message_id;
    struct police_notice *notice = ret_notice;
    *notice = (struct police_notice){.kind = kind,
                                     .reason = (enum escalation_reason)escalation->reason,
                                     .unverified_since_us = escalation->unverified_since_us,
                                     .alert_sent_us = police_notice_alert_sent(incident)};
    (void)text_copy(notice->alert_identifier, sizeof notice->alert_identifier, id);
    (void)text_copy(notice->reference, sizeof notice->reference, incident->reference);
    (void)text_copy(notice->text, sizeof notice->text, escalation->message);
    police_facts_read(notice->text, &notice->facts);
    notice->sent_us = notice->alert_sent_us;
    if (kind == POLICE_ALERT) {
        (void)text_copy(notice->identifier, sizeof notice->identifier, id);
    } else if (kind == POLICE_UPDATE) {
        notice->update_no = update_no;
        notice->sent_us = police_notice_update_sent(incident, update_no);
        (void)snprintf(notice->identifier, sizeof notice->identifier, "%.48s-u%u", id, update_no);
        police_notice_update(notice, incident);
    } else {
        notice->sent_us = police_notice_cancel_sent(incident);
        (void)snprintf(notice->identifier, sizeof notice->identifier, "%.48s-c", id);
        police_notice_cancel(notice, incident);
    }
    if (notice->sent_us < notice->alert_sent_us) {
        notice->sent_us = notice->alert_sent_us; /* a reference is never post-dated */
    }
    return true;
}
