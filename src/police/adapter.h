/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gateway asks of a way to reach control rooms. One implementation per format and carrier:
 * CAP over HTTPS (adapter_cap_https.h), CAP in a spool directory (adapter_file.h); a hub such as
 * ECHO or MAIT would be another. The gateway alone decides when to send, retry and give up.
 *
 * Everything on the caller's loop and thread. Each call that returns ERROR_NONE leads to exactly
 * one `on_answer`, from the loop, never from inside the call, unless the adapter is closed first.
 * What is passed in is only used during the call.
 */
#ifndef POLICE_ADAPTER_H
#define POLICE_ADAPTER_H

#include "base/error.h"
#include "police/config.h"
#include "police/notice.h"

#define POLICE_ANSWER_TEXT 256

enum police_verdict
{
    POLICE_VERDICT_ACCEPTED, /* text: the force's log number, may be empty */
    POLICE_VERDICT_REJECTED, /* text: the reason */
    POLICE_VERDICT_TAKEN,    /* the control room has it and has not answered yet: poll */
    POLICE_VERDICT_UNKNOWN,  /* poll only: the control room does not have it: send again */
    POLICE_VERDICT_FAILED,   /* whether the control room has it is not known; text: why, in words,
                                without personal data */
};

struct police_answer
{
    enum police_verdict verdict;
    char text[POLICE_ANSWER_TEXT];
};

typedef void (*police_on_answer)(void *data, const struct police_answer *answer);

struct police_adapter;

/* Errors: ERROR_MALFORMED, ERROR_TOO_LARGE (the notice cannot be written), ERROR_MEMORY. */
typedef enum error (*police_adapter_call)(struct police_adapter *adapter,
                                          const struct police_force *force,
                                          const struct police_notice *notice,
                                          police_on_answer on_answer, void *data);

struct police_adapter
{
    const char *name;           /* for the log */
    police_adapter_call create; /* an Alert */
    police_adapter_call update;
    police_adapter_call cancel;
    police_adapter_call poll; /* asks for the answer to a notice handed over earlier */
    /* Drops what is under way without on_answer; `on_closed` (may be NULL) comes from the loop, and
     * the adapter is then gone. */
    void (*close)(struct police_adapter *adapter, void (*on_closed)(void *data), void *data);
};

#endif
