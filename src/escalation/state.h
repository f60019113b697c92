/* SPDX-License-Identifier: Apache-2.0 */
/* Private to escalation: the whole state, and the calls between its files. */
#ifndef ESCALATION_STATE_H
#define ESCALATION_STATE_H

#include "base/table.h"
#include "base/wheel.h"
#include "console.pb-c.h"
#include "escalation/escalation.h"
#include "journal.pb-c.h"

#define HISTORY(word) LARWM__CONSOLE__HISTORY_KIND__HISTORY_##word
#define TIMER(word) LARWM__JOURNAL__TIMER_KIND__TIMER_##word
#define POLICE(word) LARWM__JOURNAL__POLICE_EVENT__POLICE_##word

struct escalation
{
    struct escalation_policy policy;
    struct escalation_plan *plans; /* incident 0: free */
    uint32_t *free;
    uint32_t free_count;
    uint32_t count;
    uint32_t used_max;
    struct table by_incident;
    struct wheel wheel; /* milliseconds, by plan */
    uint32_t duty;
    int64_t absent_since_us; /* while duty is 0: since when */
    int64_t time_us;         /* of the newest event */
};

/* policy.c: what may and must happen, and when. */
const struct escalation_class *
policy_class(const struct escalation *escalation, const struct escalation_plan *plan);
/* The reason for an automatic push at once, or REASON_NONE (REQ B3). */
enum escalation_reason policy_reason_at_once(const struct escalation_facts *facts);
/* The countdown of an open plan: sets due_us, due_from_us, due_kind. */
void policy_set_due(const struct escalation *escalation, struct escalation_plan *plan);
/* The next internal deadline of any sort; INT64_MAX when there is none. */
int64_t policy_next(const struct escalation *escalation, const struct escalation_plan *plan,
                    uint32_t *ret_kind);

/* police.c: the one message of a plan. */
void police_queue(struct escalation *escalation, struct escalation_plan *plan,
                  enum escalation_reason reason, const char *user, struct escalation_out *out);
void police_ask(struct escalation *escalation, struct escalation_plan *plan, const char *user,
                const char *text, struct escalation_out *out);
void police_want_update(struct escalation *escalation, struct escalation_plan *plan, uint32_t what,
                        struct escalation_out *out);
void police_close(struct escalation *escalation, struct escalation_plan *plan, uint32_t outcome,
                  struct escalation_out *out);
void police_event(struct escalation *escalation, struct escalation_plan *plan,
                  const struct escalation_event *event, struct escalation_out *out);
void police_timer(struct escalation *escalation, struct escalation_plan *plan, int64_t due_us,
                  struct escalation_out *out);
/* Does the message still have something to do? */
bool police_is_busy(const struct escalation_plan *plan);

/* escalation.c */
/* Takes a plan of a checkpoint in. False: there is one of that incident, or no room. */
bool escalation_restore(struct escalation *escalation, const struct escalation_plan *plan);
void escalation_note(const struct escalation_plan *plan, uint32_t history, const char *user,
                     const char *text, struct escalation_out *out);

#endif
