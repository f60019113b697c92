/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions on their way to PostgreSQL: collected per loop turn, sent as one statement with arrays,
 * several batches in flight, each question answered within its deadline whatever the database does.
 * The desk's thread. Limits: LIMIT_PENDING_SIGNALS questions, RESOLVE_BATCH_MAX in a batch.
 */
#ifndef RESOLVE_LOOKUP_H
#define RESOLVE_LOOKUP_H

#include "base/pglink.h"
#include "base/pgvalue.h"
#include "resolve/card.h"
#include "resolve/known.h"
#include "resolve/resolve.h"

/* A unit that signals again within this time of its last question to PostgreSQL gets the card of
 * that answer (docs/decisions/0012). Any notice of a change ends it at once. */
#define LOOKUP_AGAIN_MS 100u
/* Statements for questions under way. One: a connection runs them one after the other anyway, and a
 * statement costs PostgreSQL as much as a dozen units in it, so those that come meanwhile share the
 * next. */
#define LOOKUP_STATEMENTS_MAX 1u
/* While questions come fast, the next statement waits until so long after the one before it. Fast:
 * more than so many questions since that one, or more than so many in it. */
#define LOOKUP_GATHER_US 4000u
#define LOOKUP_GATHER_ASKED 8u
#define LOOKUP_GATHER_BATCH 4u
#define LOOKUP_REFRESH_BATCH 128 /* cards asked at once by a refresh: an alarm waits behind one */

enum lookup_kind
{
    LOOKUP_UNIT,
    LOOKUP_CASE,
    LOOKUP_HOLDER,
};

struct lookup_item
{
    struct resolve_question question;
    char case_reference[RESOLVE_CASE_REFERENCE];
    struct lookup_item *next;     /* in the free list, the queue or a batch */
    struct lookup_item *due_next; /* in the list of deadlines */
    struct lookup_item *due_previous;
    uint64_t due_ms;   /* loop time */
    uint64_t asked_us; /* monotonic, for stage times */
    enum lookup_kind kind;
    bool queued;   /* not sent yet */
    bool answered; /* from the last known record; PostgreSQL's may still come */
};

struct lookup
{
    uint32_t magic;
    uv_loop_t *loop;
    struct pglink *link;
    struct known *known;
    struct resolve_callbacks callbacks;
    uint64_t deadline_ms;
    bool usable;  /* statements are prepared on this connection */
    bool hopeful; /* not usable yet, but a connection is being made: questions wait for it */
    bool closing;
    bool *dirty;         /* set when a last known card changed */
    unsigned statements; /* for questions, under way */
    bool overdue; /* the one under way has passed a deadline: nobody is kept waiting behind it */
    bool owed;    /* questions were answered without being sent: when the one under way is answered
                     after all, on_changed("late") has the desk ask again */
    uint64_t changed_ms; /* monotonic: cards asked for before this are not given again */

    struct lookup_item *items;
    struct lookup_item *free;
    struct lookup_item *queue; /* oldest first */
    struct lookup_item **queue_end;
    unsigned queued;           /* in it */
    unsigned asked_since_sent; /* questions since the last statement for questions */
    unsigned last_batch;       /* how many that one had */
    uint64_t sent_us;          /* monotonic, when it was sent; 0: none yet */
    struct lookup_item *due;   /* earliest first */
    struct lookup_item *due_last;
    uv_prepare_t prepare; /* flushes the queue before the loop sleeps */
    uv_idle_t idle;       /* keeps the loop from sleeping while the queue has something */
    uv_timer_t timer;     /* the earliest deadline */
    uv_timer_t gather;    /* the end of gathering */
    unsigned handles_open;
    void (*on_closed)(void *data);
    void *closed_data;

    struct pg_array units; /* parameters of a batch, reused */
    struct pg_array at;
    struct pg_array received;
    struct card_draft draft;

    void (*on_refreshed)(void *data, bool ok); /* one refresh batch ended */
    void *refreshed_data;
    void (*on_statement_refused)(void *data, const char *sqlstate);
    void *refused_data;
};

enum error
lookup_init(struct lookup *lookup, uv_loop_t *loop, struct pglink *link, struct known *known,
            const struct resolve_callbacks *callbacks, uint32_t deadline_ms) MUST_USE;

/* Adds the PREPARE statements to the link's group under construction. */
void lookup_prepare_statements(struct lookup *lookup);

/* While false, what is asked is answered from the last known record at once. */
void lookup_set_usable(struct lookup *lookup, bool usable);
/* The connection is up and is being made ready: questions wait for it, to their deadline at most.
 */
void lookup_expect(struct lookup *lookup);

enum error lookup_ask(struct lookup *lookup, enum lookup_kind kind,
                      const struct resolve_question *question, const char *case_reference) MUST_USE;

/* The answer from the last known record, or for no unit at all; packed into `card`. */
void lookup_pack_without(const struct lookup *lookup, const struct resolve_question *question,
                         uint8_t card[LIMIT_CARD], struct resolve_answer *ret_answer);

/* Asks the cards of `count` units as they are now, for the last known record; on_refreshed at its
 * end. Returns false when the link cannot take it. */
bool lookup_refresh(struct lookup *lookup, struct known_unit *const *units, unsigned count);

/* Something changed in PostgreSQL: no card is given again that was asked for before now. */
void lookup_on_changed(struct lookup *lookup);

/* Answers what waits from the last known record. on_closed from the loop when its handles are
 * closed; lookup_free after that. The link must be closed first. */
void lookup_close(struct lookup *lookup, void (*on_closed)(void *data), void *data);
void lookup_free(struct lookup *lookup);

#endif
