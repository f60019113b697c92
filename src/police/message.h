/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One incident's message on its way: at most one request at a time (REQ E5), back-off between
 * tries, and the reports larwmd has not acknowledged yet. Internal to the gateway; its thread only.
 */
#ifndef POLICE_MESSAGE_H
#define POLICE_MESSAGE_H

#include "police/adapter.h"
#include "police/link.h"
#include "police/plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define POLICE_RETRY_FIRST_MS 1000u
#define POLICE_RETRY_MS_MAX 30000u
#define POLICE_POLL_FIRST_MS 500u
#define POLICE_POLL_MS_MAX 5000u
#define POLICE_REPORTS_MAX 16    /* waiting for larwmd, of one message */
#define POLICE_FAILURES_KEPT 4   /* distinct failures remembered */
#define POLICE_FAILURE_MS 60000u /* the same failure is reported once in this time */

struct police_report
{
    uint64_t ref; /* 0: not on its way */
    Larwm__Journal__PoliceEvent event;
    uint32_t update_no;
    char detail[POLICE_ANSWER_TEXT];
};

/* What a message needs of its gateway. */
struct police_services
{
    uv_loop_t *loop;
    const struct police_config *config;
    struct police_adapter *(*adapter)(void *data, const struct police_force *force);
    enum error (*report)(void *data, const Larwm__Journal__Police *report, uint64_t *ret_ref);
    /* The message has nothing left to do and is about to go. */
    void (*done)(void *data, uint64_t incident);
    void *data;
};

struct police_message
{
    uint32_t magic;
    struct police_message *next; /* the gateway's chain */
    const struct police_services *services;
    uint64_t incident;
    Larwm__Console__Incident *shown; /* larwmd's newest word, our copy */
    bool known;                      /* larwmd still lists it */
    bool seen;                       /* the gateway's mark while a snapshot comes */
    bool busy;                       /* a request is under way */
    struct police_view view;
    struct police_memory memory;
    struct police_plan plan;       /* what is being done or waited for */
    unsigned failed_in_row;        /* tries without a clear outcome since the last answer */
    unsigned polls;                /* in a row */
    uint64_t update_not_before_ms; /* monotonic */
    uv_timer_t timer;
    const struct police_force *force; /* chosen once */
    struct police_notice *primary;    /* kept, so that every delivery is the same */
    uint32_t primary_number;
    struct police_notice *other; /* the update or cancel being sent */
    struct police_plan other_for;
    struct police_report
        reports[POLICE_REPORTS_MAX]; /* oldest first; only the first is on its way */
    unsigned reports_count;
    struct
    {
        uint64_t hash;
        uint64_t at_ms;
    } failures[POLICE_FAILURES_KEPT];
    unsigned failures_next;
};

/* NULL when memory is short. */
struct police_message *
police_message_new(const struct police_services *services, uint64_t incident);
/* Takes larwmd's word and does what follows. May end in services->done. */
void police_message_show(struct police_message *message, const Larwm__Console__Incident *incident);
/* larwmd does not list it any more. May end in services->done. */
void police_message_forget(struct police_message *message);
/* The message is out of the gateway's chain: closes the timer, frees when that is done. */
void police_message_free(struct police_message *message);
/* Would an incident like this give a message anything to do? */
bool police_message_wanted(const Larwm__Console__Incident *incident);

/* report.c */
void police_report_add(struct police_message *message, Larwm__Journal__PoliceEvent event,
                       uint32_t update_no, const char *detail);
/* The same text at most once in POLICE_FAILURE_MS. */
void police_report_failure(struct police_message *message, const char *why);
/* Sends the oldest if none is on its way. */
void police_report_flush(struct police_message *message);
/* The link went down: whether larwmd took it is not known, so it goes again (REQ E5: idempotent).
 */
void police_report_rewind(struct police_message *message);
/* False when `result` is for no report of this message. *ret_gone: larwmd does not know the
 * incident. A report that is refused for now stays for the next flush. */
bool police_report_take(struct police_message *message, const Larwm__Console__Result *result,
                        bool *ret_gone);
/* After a report left: does the message end? May end in services->done. */
void police_message_settle(struct police_message *message);

#endif
