/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to triage: the whole state, and the calls between its files. Everything is allocated in
 * triage_create. Lists are linked by index so that the state can be hashed and replayed.
 */
#ifndef TRIAGE_STATE_H
#define TRIAGE_STATE_H

#include "base/table.h"
#include "base/wheel.h"
#include "triage/history.h"
#include "triage/priority.h"
#include "triage/triage.h"

#define NO_INDEX UINT32_MAX
#define UNIT_RECENT 16 /* signals of a unit remembered for retransmission */
#define UNIT_IDENTITY 40
#define ZONE_EDGES 16 /* at most 15 edges before flapping */
#define TRIAGE_THROTTLED 32
#define MASS_BUCKETS 10 /* five risks, lost before late in each */
#define MASS_BACK 10    /* chain of those that came back */
#define MASS_FRESH 11   /* chain of those down lately, while no incident gathers them */
#define MASS_CHAINS 12

/* A doubly linked list of indexes over an array of `struct link`. */
struct link
{
    uint32_t next;
    uint32_t previous;
};

struct chain
{
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

void chain_clear(struct chain *chain);
void chain_append(struct chain *chain, struct link *links, uint32_t at);
void chain_remove(struct chain *chain, struct link *links, uint32_t at);

/* One message remembered, to recognise it when it comes again. */
struct recent
{
    uint64_t boot_id;
    uint64_t sequence;
    uint64_t content;
    uint64_t pos;
    uint64_t incident; /* it joined, 0 none (yet) */
    int64_t time_us;   /* of its record */
    int64_t device_time_us;
    int64_t window_us; /* how long it is remembered */
    uint32_t repeats;  /* copies of it so far; stops at INT32_MAX */
    bool opens;        /* it is to be seen on an incident: a copy must find that open */
};

/* Where the signal of one record stands, by position: RECORD_REPEATS names nothing else. An index
 * over `units`, as the tables are: what is not there any more is found out at the row itself. */
struct place
{
    uint64_t pos;
    uint32_t unit; /* its row */
    uint32_t back; /* how many positions before it the first copy stands; 0: it is the first */
};

/* What PostgreSQL said last of a signal of this unit (again.c). */
struct unit_answer
{
    uint64_t
        incident; /* that signal opened or joined; 0: none, or one that says nothing of the next */
    uint64_t case_id;
    uint64_t allocation;
    int64_t time_us; /* of the answer's record */
};

struct unit
{
    uint64_t key;
    uint8_t identity[UNIT_IDENTITY]; /* kind byte, then the identity itself, cut */
    struct recent recent[UNIT_RECENT];
    uint32_t recent_count;
    uint32_t recent_next;
    uint64_t incident;      /* the newest it takes part in: attack .. */
    uint64_t test_incident; /* .. in a test window .. */
    uint64_t technical;     /* .. technical .. */
    uint64_t loss;          /* .. late or lost */
    uint64_t pending_pos;   /* its newest signal that waits for case and marker */
    struct unit_answer answer;
    int64_t test_until_us; /* end of its test window */
    int64_t down_us;       /* when it came into a chain of its network's losses */
    uint32_t network;      /* that network's row, from 1; 0: it is in no chain */
    uint8_t chain;         /* .. of that row */
    uint8_t risk;          /* enum risk of its holder, as a loss said last */
    struct incident_path paths[INCIDENT_PATHS]; /* as supervision said last */
};

/* A network with units late or lost (REQ A29). In use while an incident gathers them, or while
 * there are fresh ones. The chains go over `units`, linked by `mass_links`. */
struct network
{
    uint64_t key;      /* 0 free */
    uint64_t incident; /* the open one that gathers; 0 none: then only MASS_FRESH is used */
    int64_t shown_us;  /* its count went to PostgreSQL */
    struct chain chains[MASS_CHAINS];
    uint32_t forgotten; /* listed, but their row was reused: lost for good, as far as is known */
    char name[LIMIT_NETWORK];
};

struct zone
{
    uint64_t key;
    uint64_t unit;             /* identity key */
    uint64_t name;             /* hash of the zone's name */
    int64_t edges[ZONE_EDGES]; /* ring of the newest changes */
    uint32_t edges_count;
    uint32_t edges_next;
    bool flapping;
    uint64_t incident; /* 0 while its signal waits for the case */
    uint32_t total;    /* changes since it began */
    int64_t from_us;
    int64_t last_us;
    int64_t reported_us;
};

/* A signal as triage keeps it: what the incident will show, and what decides. */
struct arrival
{
    struct incident_signal view;
    struct incident_position position;
    uint64_t unit_key; /* 0: nothing identifies the sender */
    uint64_t zone_key; /* of the flapping zone, when `flapping` */
    uint64_t incident; /* opened at once because the table of waiting signals was full; else 0 */
    uint64_t root;     /* position of the waiting signal whose answer is this one's too; 0: asked */
    uint64_t followers[TRIAGE_FOLLOWERS]; /* .. of that one: positions, of them one may be gone */
    int64_t time_us;
    uint32_t signal_badges;
    uint8_t followers_count;
    uint8_t hint; /* enum priority */
    bool flapping;
    bool test;
    bool loss;
    bool silent;    /* a silent code, or duress */
    bool cancelled; /* a cancel code came while it waited */
};

struct user
{
    char name[LIMIT_USER]; /* "" free */
    uint8_t role;
};

/* What NEXT and presence look through: compact, parallel to `incidents`. */
struct queue_row
{
    uint64_t id; /* 0 free */
    int64_t opened_us;
    uint32_t rank;
    uint8_t state;
};

#define UNIT_IDENTITY_ID 1 /* first byte of an identity that is an identifier, which follows */

struct triage
{
    struct triage_limits limits;
    struct triage_policy policy;
    uint32_t node;
    int64_t time_us; /* of the newest event */

    struct triage_incident *incidents;
    struct queue_row *queue;
    struct link *order_links;  /* by opening */
    struct link *closed_links; /* by closing */
    uint32_t *free_incidents;
    uint32_t free_count;
    uint32_t used_max; /* incidents beyond it were never used */
    uint32_t open_count;
    struct chain order;
    struct chain closed;
    struct table by_id;
    struct table by_place; /* case and property -> newest open incident there */
    struct table by_property;
    struct wheel presence; /* milliseconds, by incident */

    struct unit *units;
    struct link *unit_links;
    struct chain units_used; /* unheard for longest first; without those in .. */
    struct chain units_held; /* .. the list of an open mass loss: reused last */
    uint32_t units_fresh;
    struct table by_unit;

    struct network *networks; /* LIMIT_NETWORKS_DOWN */
    struct link *mass_links;  /* parallel to `units` */
    struct table by_network;

    struct zone *zones;
    struct link *zone_links;
    struct chain zones_used;
    uint32_t zones_fresh;
    struct table by_zone;

    struct arrival *pending;
    struct link *pending_links;
    struct chain pending_used; /* oldest first */
    uint32_t *free_pending;
    uint32_t free_pending_count;
    struct table by_pending; /* signal position -> pending */

    struct place *places; /* LIMIT_REPEAT_POSITIONS, by position */

    struct user *users;
    uint32_t duty_count;

    uint64_t throttled[TRIAGE_THROTTLED]; /* keys of zones whose count is not shown yet */
    uint32_t throttled_count;
};

/* units.c */
uint64_t unit_identify(const Larwm__Journal__Signal *signal, uint8_t identity[UNIT_IDENTITY]);
uint64_t unit_identify_id(const char *id, uint8_t identity[UNIT_IDENTITY]);
/* Finds or makes; `key` 0 gives NULL. When full one is forgotten: the least recently heard of
 * those that no open mass loss lists, while these have an eighth of the rows. */
struct unit *unit_get(struct triage *triage, uint64_t key, const uint8_t identity[UNIT_IDENTITY]);
/* Finds only, and does not count as being heard. */
struct unit *unit_find(struct triage *triage, uint64_t key);
/* Its row is not to be reused, or is again; at the end of the rows of its kind. */
void unit_hold(struct triage *triage, struct unit *unit, bool hold);
struct recent *unit_remember(struct unit *unit);
struct recent *unit_recent_at(struct unit *unit, uint64_t pos);

/* repeat.c: is it a copy of a signal we have. True: counted, nothing else is to be done. False: it
 * is new and remembered. `unit` NULL: nobody knows who sent it, so it is new. */
bool repeat_take(struct triage *triage, struct unit *unit, const struct triage_event *event,
                 struct triage_out *out);
/* The signal at `pos` of `unit` (or NULL) is shown on `incident`; 0: on none yet, it waits.
 * `opens`: a copy of it is one only while that incident is open, or it waits. */
void repeat_note_incident(struct unit *unit, uint64_t pos, uint64_t incident, bool opens);
/* The record at `pos` was a signal of `unit`, or a copy of the one `back` positions before it. */
void repeat_restore(struct triage *triage, const struct unit *unit, uint64_t pos, uint32_t back);
/* RECORD_REPEATS. */
void repeat_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);

/* flapping.c. Counts one change; true when the signal must not go on (only counted). Sets *ret_zone
 * when the zone is flapping; false then means that this change began it and opens the P4 incident.
 */
bool flapping_count(struct triage *triage, uint64_t unit_key, const char *zone, uint32_t kind,
                    struct triage_out *out, uint64_t *ret_zone);
struct zone *flapping_find(struct triage *triage, uint64_t zone_key);
/* A row for a zone there is none for; the one unheard for longest is reused when full. */
struct zone *flapping_make(struct triage *triage, uint64_t key);
void flapping_ended(struct triage *triage, const struct triage_incident *incident);
void flapping_flush(struct triage *triage, struct triage_out *out);

/* waiting.c: signals waiting for case and marker. */
struct arrival *waiting_add(struct triage *triage, uint64_t pos);
struct arrival *waiting_find(struct triage *triage, uint64_t pos);
void waiting_remove(struct triage *triage, uint64_t pos);

/* correlation.c: the open incident this arrival belongs to, or NULL. `facts` holds case and place.
 */
struct card_facts;
struct triage_incident *correlation_find(struct triage *triage, const struct arrival *arrival,
                                         const struct card_facts *facts, uint32_t priority);
void correlation_enter(struct triage *triage, const struct triage_incident *incident);
void correlation_leave(struct triage *triage, const struct triage_incident *incident);
/* For a checkpoint: do the tables point at this incident, and make them do so. */
void correlation_entered(const struct triage *triage, const struct triage_incident *incident,
                         bool *ret_by_place, bool *ret_by_property);
void correlation_restore(struct triage *triage, const struct triage_incident *incident,
                         bool by_place, bool by_property);
/* Before correlation_enter: links to the newest other incident at the same property, if any. */
void correlation_link(struct triage *triage, struct triage_incident *incident);
void
correlation_note_unit(struct triage *triage, struct triage_incident *incident, uint64_t unit_key);

/* card.c: what triage takes out of a card. */
struct card_facts
{
    uint64_t case_id;
    uint64_t property;
    uint64_t allocation;
    uint64_t hash;
    int64_t marker_last_known_us;
    uint32_t badges;
    uint8_t resolve;
    uint8_t risk;
    uint8_t unit_status;
    uint8_t marker;
    uint8_t marker_last_known;
    uint8_t consent;
    bool unit_blocked;
    bool silent;
};
void card_read(const Larwm__Card *card, struct card_facts *ret_facts);
void card_apply(struct triage_incident *incident, const Larwm__Card *card,
                const struct card_facts *facts);
/* The same facts as card_read of the card `incident` holds, with other badges; false when the card
 * is not whole. */
bool card_read_again(const struct triage_incident *incident, const Larwm__Badge *badges,
                     size_t badges_count, struct card_facts *ret_facts);

/* card_wire.c: packed cards, without unpacking them. */
/* Both hold the same, but for checked_us and badges; false when one is malformed. */
bool card_is_same(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);
/* Card.silent and Card.case_card.risk; false when malformed. */
bool card_peek(const uint8_t *card, size_t size, bool *ret_silent, uint32_t *ret_risk);

/* as_before.c: the card an answer brings, itself or by naming the incident that holds it. */
struct answer_card
{
    const Larwm__Card *card;               /* as it came; NULL: none, or as before */
    const Larwm__Journal__Resolved *named; /* as before; else NULL */
    const struct triage_incident *holder;  /* of the named card, until it is taken */
    Larwm__Card *unpacked;                 /* once it is taken */
    Larwm__Card shown;                     /* that, with the badges of the answer */
};
/* False: the named incident is gone, closed, or has another card: nothing is to be believed. */
bool answer_card_of(struct triage *triage, const Larwm__Journal__Resolved *resolved,
                    struct answer_card *ret_card, struct card_facts *ret_facts);
/* The card itself, or NULL when there is none. Before an incident is opened: that may take the
 * place of the holder. */
const Larwm__Card *answer_card_take(struct answer_card *card);
void answer_card_free(struct answer_card *card);

/* again.c: a unit that signals again a moment after it was answered. */
/* A signal was placed by the card with these facts. */
void again_note(struct triage *triage, const struct arrival *arrival,
                const struct card_facts *facts, const struct triage_incident *incident);
/* True: the signal has joined the incident of the one before it, and nothing need be asked. */
bool again_take(struct triage *triage, struct unit *unit, const struct arrival *arrival,
                struct triage_out *out);
/* True: it waits for the answer to the unit's signal before it, which is on its way. */
bool again_follow(struct triage *triage, struct unit *unit, const struct arrival *arrival,
                  struct triage_out *out);
/* The waiting signal `root` was placed in this incident: so are those that wait for its answer. */
void again_place(struct triage *triage, const struct arrival *root,
                 struct triage_incident *incident, uint64_t pos, struct triage_out *out);

/* lifecycle.c */
struct triage_incident *lifecycle_find(struct triage *triage, uint64_t id);
uint32_t lifecycle_index(const struct triage *triage, const struct triage_incident *incident);
/* A free incident in state OPEN, or NULL when none can be had for this rank. */
struct triage_incident *lifecycle_open(struct triage *triage, uint64_t pos, int64_t time_us,
                                       uint32_t priority, struct triage_out *out);
void lifecycle_claim(struct triage *triage, struct triage_incident *incident, const char *user);
void lifecycle_release(struct triage *triage, struct triage_incident *incident);
void lifecycle_close(struct triage *triage, struct triage_incident *incident, uint32_t outcome);
void lifecycle_rank(struct triage *triage, struct triage_incident *incident);
void
lifecycle_set_presence(struct triage *triage, struct triage_incident *incident, int64_t due_us);
/* Puts an incident of a checkpoint into its place: it was written where the next one would be
 * opened. The chain of closed ones is the caller's. */
void lifecycle_restore(struct triage *triage, struct triage_incident *incident);
/* Frees closed incidents whose time is over. */
void lifecycle_sweep(struct triage *triage, struct triage_out *out);

/* signal.c, loss.c, resolved.c, action.c, presence.c: one event kind each. */
void signal_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);
/* Puts the arrival among those that wait for the case, or opens its incident without one when there
 * is no room. */
void signal_wait(struct triage *triage, struct unit *unit, const struct arrival *arrival,
                 struct triage_out *out);
void loss_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);
/* Has what this late or lost arrival says passed meanwhile? */
bool loss_is_over(struct triage *triage, const struct arrival *arrival);
/* The incident was opened or joined by a late or lost: shows how the unit's paths stand. */
void
loss_placed(struct triage *triage, const struct arrival *arrival, struct triage_incident *incident);
/* Is `kind` the graver of two that supervision raises? */
bool loss_is_graver(uint32_t kind, uint32_t than);
/* What its paths say together: UNIT_LOST, UNIT_LATE, PATH_LOST or PATH_LATE; SIGNAL_UNKNOWN: none
 * is down. */
uint32_t loss_kind(const struct unit *unit);
/* PRIORITY_P2 when both paths are lost, else PRIORITY_NONE. */
uint32_t loss_hint(const struct unit *unit);
/* The line in the incident's history that says the unit is no longer supervised. */
void loss_unsupervised(const struct triage *triage, struct triage_incident *incident,
                       const struct unit *unit, uint64_t pos);
/* The open incident of the unit's own loss, or NULL. */
struct triage_incident *loss_incident(struct triage *triage, const struct unit *unit);

/* mass.c: the losses of one network in one incident. */
/* A late or lost, noted in the unit's row already. True: an open incident of its network has it and
 * it needs none of its own. */
bool mass_take(struct triage *triage, struct unit *unit, const struct arrival *arrival,
               const struct triage_event *event, struct triage_out *out);
/* The same, when the answer of a waiting one came: the card may know the risk better. */
bool mass_take_resolved(struct triage *triage, const struct arrival *arrival,
                        const Larwm__Card *card, uint64_t pos, struct triage_out *out);
/* A path of it is back, noted in the unit's row already. */
void mass_take_back(struct triage *triage, struct unit *unit, uint64_t pos, struct triage_out *out);
/* It is no longer supervised: it leaves the list, and is not back. */
void mass_take_out(struct triage *triage, struct unit *unit, uint64_t pos, struct triage_out *out);
/* The unit's row is about to be reused. */
void mass_forget(struct triage *triage, struct unit *unit);
/* An incident is closed or removed: what it gathered is gathered no more. */
void mass_ended(struct triage *triage, struct triage_incident *incident);

/* networks.c: their rows and chains. */
/* NULL: there is none. */
struct network *network_find(struct triage *triage, const char *name);
/* Finds or makes; NULL when there is no room, or the name is "" or too long. */
struct network *network_get(struct triage *triage, const char *name);
/* Takes back a row in which nobody is. */
void network_release(struct triage *triage, struct network *network);
/* Puts the unit at the end of a chain, taking it out of where it was. */
void
network_enter(struct triage *triage, struct network *network, struct unit *unit, uint32_t chain);
/* Takes it out of its chain; the network's row stays. */
void network_leave(struct triage *triage, struct unit *unit);
/* Where among the gathered it stands, by risk and how it is lost. */
uint32_t network_bucket(const struct unit *unit);
/* Fresh ones that went down before `before_us` are that no more. */
void network_expire(struct triage *triage, struct network *network, int64_t before_us);
void resolved_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);
/* Raises priority, kind and risk; true when the priority went up. */
bool resolved_raise(struct triage *triage, struct triage_incident *incident, uint32_t kind,
                    uint32_t priority, uint32_t risk, uint64_t pos);
/* Opens or joins. `card` may be NULL: not known yet. The incident, or NULL when there is no room.
 */
struct triage_incident *
resolved_place(struct triage *triage, const struct arrival *arrival, const Larwm__Card *card,
               uint64_t pos, struct triage_out *out);
/* A signal of a unit whose incident and case are known joins it, by the record at `pos`: what
 * changed (TRIAGE_WHAT_*). */
uint32_t resolved_join_again(struct triage *triage, struct triage_incident *incident,
                             const struct arrival *arrival, uint64_t pos);
/* A cancel or restore code for an open incident: listed, never closing or lowering anything. */
void resolved_take_cancel(struct triage *triage, struct triage_incident *incident,
                          const struct arrival *arrival, bool badge, struct triage_out *out);
/* A later fix for an open incident (REQ A2). */
void resolved_take_position(struct triage *triage, struct triage_incident *incident,
                            const struct incident_position *position, struct triage_out *out);
void action_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);
void presence_boot(struct triage *triage);
/* Counts who is on duty, after a checkpoint filled the list. */
void presence_restore(struct triage *triage);
void presence_step(struct triage *triage, const struct triage_event *event);
void presence_timer_step(struct triage *triage, const struct triage_event *event,
                         struct triage_out *out);

/* triage.c */
void triage_change(struct triage_out *out, enum triage_change_kind kind, uint64_t incident,
                   uint32_t what);

#endif
