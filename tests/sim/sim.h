/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated world: a real desk (src/desk with its cores) on a simulated loop, clock, journal
 * and database, and around it units, operators, a police gateway and its control room. Everything
 * that happens is an event in one queue, in order of simulated time; chance comes from one seed.
 * Files: sim.c         the world: queue, time, served time, start and crash of the centre loop.c
 * libuv, the clock and the desk's thread, played on simulated time journal.c     appends, group
 * sync, failures, what a crash leaves, replay database.c    resolve, played: PostgreSQL quick,
 * slow, away recorder.c    the recorder, played: rows for the oracles units.c       presses,
 * retransmissions, heartbeats, cuts, restarts intake.c      frames into the journal, receipts out,
 * copies answered without a record operators.c   people on duty and their acts police.c      the
 * police gateway and the control room screen.c      what consoles were shown: the newest of every
 * incident oracle.c      what was promised: signals, copies, rows of incidents, replay
 *     oracle_time.c what was promised by a time: limits, paths, answers
 *     oracle_mass.c what was promised of losses: none hidden, one incident of a network
 *     faults.c      crashes, clock steps, disk, database, storms
 *     main.c        options, seeds, report
 * Everything belongs to the one thread. Times are simulated microseconds unless the name says
 * otherwise.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "desk/internal.h"
#include "flow/closings.h"
#include "flow/last_seen.h"
#include "intake/resend.h"
#include "journal/timeline.h"
#include "random.h"

#define SIM_NODE 1u
#define SIM_UNITS 24u    /* most units of a world */
#define SIM_PRESSES 8u   /* a unit keeps so many unacknowledged */
#define SIM_OPERATORS 4u /* the first is a supervisor */
#define SIM_INCIDENTS 512u
#define SIM_BLOCKS 192u /* of intake and outlet, to the journal */
#define SIM_POOL 192u   /* blocks of any pool: full ones are met */
#define SIM_EVENTS 16384u
#define SIM_GHOSTS 16u

enum sim_fault
{
    SIM_FAULT_CRASH,
    SIM_FAULT_TORN,    /* unsynced records that a crash left */
    SIM_FAULT_LOST,    /* unsynced records that a crash took */
    SIM_FAULT_TRIMMED, /* records deleted behind a checkpoint */
    SIM_FAULT_DISK,    /* the journal fails for a while */
    SIM_FAULT_CLOCK,   /* wall clock steps */
    SIM_FAULT_AWAY,    /* database away */
    SIM_FAULT_SLOW,    /* database slow: late answers */
    SIM_FAULT_FRAME,   /* frames lost */
    SIM_FAULT_RECEIPT, /* receipts lost */
    SIM_FAULT_COPY,    /* frames that come again long after */
    SIM_FAULT_RESTART, /* units restarted */
    SIM_FAULT_CUT,     /* paths cut */
    SIM_FAULT_NETWORK, /* every path of the units of a network cut at once */
    SIM_FAULT_STORM,
    SIM_FAULT_VANISH,   /* consoles gone */
    SIM_FAULT_REJECTED, /* by the control room */
    SIM_FAULT_SILENT,   /* control room */
    SIM_FAULT_TWICE,    /* control room answers twice, or late */
    SIM_FAULT_GATEWAY,  /* police gateway restarted */
    SIM_FAULT_COUNT
};

struct sim;
typedef void sim_act(struct sim *sim, uint64_t one, uint64_t two);

struct sim_event
{
    uint64_t at_us;
    uint64_t order; /* of two at the same time, the one planned first */
    uint64_t life;  /* of the centre, when it must be the same; 0: any */
    sim_act *act;
    uint64_t one;
    uint64_t two;
};

/* One record of the journal, and what the model knows of it. Index 0 is not used. */
struct sim_row
{
    uint8_t *body;
    uint32_t size;
    uint8_t type;
    bool judged; /* the desk called it new or a copy */
    bool copy;
    bool joined;     /* it has an incident: `incident` */
    bool seen;       /* a console was shown it in an open incident, since `seen_life` */
    bool opens;      /* a signal that must get an incident */
    bool receipt;    /* its sender has a receipt */
    uint16_t unit;   /* index + 1; 0: no signal of a unit */
    int64_t time_us; /* the journal's */
    uint64_t press;  /* which press it truly was */
    uint64_t boot;   /* as the frame said */
    uint64_t sequence;
    uint64_t content;
    int64_t device_us;
    uint64_t incident;
    uint64_t from_us; /* served time when the desk had it */
    uint64_t effects; /* hash of the rows it made; 0: none yet */
    uint32_t fresh;   /* new signals of the unit up to this one */
    uint32_t model;   /* index + 1 of the incident that has this position as its number */
};

/* An incident as rows and screens told it; index in the model's list. */
struct sim_incident
{
    uint64_t id;
    bool row; /* a row told of it */
    bool test;
    uint8_t kind;
    uint32_t epoch;
    uint8_t state; /* enum incident_state */
    uint8_t priority;
    char owner[LIMIT_USER];
    bool waits;        /* unclaimed as P1 .. */
    uint64_t wait_us;  /* served: .. since */
    uint64_t moved_us; /* served: claimed or acted on last */
    char message_id[32];
    int64_t queued_us; /* of the text below */
    uint64_t text;     /* hash of the frozen message */
    uint64_t open_us;  /* served: open and perhaps not on the screen since */

    /* on the screen */
    uint64_t shown_life;
    bool shown; /* open there */
    uint8_t shown_state;
    uint8_t shown_priority;
    uint8_t alert;
    uint8_t police; /* enum escalation_state */
    bool phone;
    bool may_push; /* card on screen: case, consent, unit where it belongs */
    bool at_once;  /* .. and an active marker, and a kind for the police */
    bool cancel_wanted;
    uint32_t shown_epoch;
    uint32_t update_no;
    uint32_t update_sent;
    char shown_owner[LIMIT_USER];
    uint64_t gateway_us; /* the gateway has it in hand until */
};

struct sim_press
{
    uint64_t id; /* 0: free */
    uint64_t sequence;
    uint64_t boot;
    int64_t device_us;
    uint64_t content;
    uint8_t kind;
    unsigned tries;
    uint64_t until_us; /* gives up then */
};

/* A recording, or a frame that lay in a network for long: it comes as it was. */
struct sim_ghost
{
    bool used;
    unsigned unit;
    struct sim_press press;
};

struct sim_path
{
    bool used;
    uint32_t interval_s;
    uint64_t cut_us;   /* cut until */
    uint64_t heard_us; /* the centre heard it, in this life; 0 not */
    bool lost;         /* the journal says so */
    uint64_t said_us;  /* since .. */
    uint64_t said_pos; /* .. this record */
};

struct sim_unit
{
    char id[LIMIT_UNIT_ID];
    uint32_t slot;
    uint32_t card; /* case number; 0: nobody holds it */
    bool dc09;
    bool restamps; /* each sending has its own time */
    bool clockless;
    bool blocked;   /* reported stolen */
    bool refuses;   /* no consent to police */
    bool networked; /* its SIM is of the network that fails as a whole */
    uint8_t marker; /* enum marker_status */
    uint8_t risk;
    uint32_t version; /* of its card; 0: never read by the centre's cache */
    uint32_t cached;  /* version in the centre's cache */
    uint64_t boot;
    uint64_t sequence;
    uint32_t fresh; /* signals the desk called new */
    struct sim_press presses[SIM_PRESSES];
    struct sim_path paths[2];
};

struct sim_operator
{
    char name[16];
    uint8_t role;
    bool duty;    /* means to work */
    bool console; /* connected */
};

struct sim_timer
{
    uv_timer_t *timer;
    uint64_t due_us; /* 0: stopped */
    uint64_t repeat_us;
};

struct sim_loop
{
    uv_loop_t *loop;
    struct waker *waker; /* the desk's */
    uv_poll_t *wake;
    uv_prepare_t *prepare;
    bool woken;
    uint64_t worked_us; /* of a processor: grows with each look at it */
    struct sim_timer timers[4];
};

/* A DC-09 frame on its way to the disk: the number the memory of intake knows it by. */
struct sim_flight
{
    uint64_t press;
    uint32_t ref;
};

/* A state of the desk; `bytes` NULL: none. */
struct sim_checkpoint
{
    uint64_t pos;
    uint8_t *bytes;
    size_t size;
};

struct sim_rates
{
    uint64_t press_us, crash_us, disk_us, away_us, slow_us, clock_us, storm_us, cut_us, restart_us,
        network_us;
    unsigned frame_lost, receipt_lost, copy, heartbeat_lost, rejected, silent, twice;
};

struct sim_options
{
    uint64_t seed;
    double hours;
    bool verbose;
};

struct sim_stats
{
    uint64_t events, records, signals, incidents, heartbeats, starts, replays, checkpoints,
        restores, actions, messages, gathered;
    uint64_t faults[SIM_FAULT_COUNT];
};

struct sim
{
    struct sim_options options;
    struct sim_random random;
    struct sim_rates rates;
    struct sim_stats stats;
    bool broken;
    char why[256];
    uint64_t digest;

    uint64_t now_us;       /* monotonic */
    int64_t real_ahead_us; /* the machine's wall clock before it */
    int64_t drift_ppm;
    int64_t wall_ahead_us; /* the centre's */
    uint64_t followed_us;
    uint64_t served_us; /* time in which the centre was up and its disk took records */
    uint64_t served_from_us;
    bool calm; /* the last minutes: nothing is broken any more */

    struct sim_event events[SIM_EVENTS];
    unsigned events_count;
    uint64_t order;

    /* the centre */
    struct desk *desk; /* NULL: down */
    uint64_t life;     /* starts so far */
    uint64_t born_us;
    bool shadow; /* the desk being made is one for comparing */
    struct sim_loop loop;
    struct sim_loop shadow_loop;
    struct last_seen *last_seen;
    struct closings closings;
    struct ring deltas;
    struct waker outlet;
    struct flow_port port; /* of intake and outlet */
    struct waker port_journal;
    struct pool pool;
    struct resend_memory resend;
    struct sim_flight flights[64];
    uint64_t applied;      /* newest record the desk has applied */
    uint64_t hash_pos;     /* the state after this record had .. */
    uint64_t applied_hash; /* .. this hash when the centre died */
    bool applied_hashed;

    /* the journal */
    struct sim_row *rows;
    uint64_t rows_room;
    uint64_t last; /* newest record written */
    uint64_t durable;
    uint64_t base; /* oldest kept */
    bool trims;    /* what no checkpoint needs is deleted */
    unsigned checkpoint_records;
    struct sim_checkpoint checkpoints[2]; /* durable; the newest is the second */
    struct sim_checkpoint writing;        /* on its way to the disk */
    struct journal_timeline timeline;     /* of records */
    bool syncing;
    bool failing;
    uint64_t failed_us; /* when it last failed or began to work again */
    struct flow_entry *unsynced[SIM_BLOCKS + LIMIT_DESK_ENTRIES];
    struct flow_port *unsynced_port[SIM_BLOCKS + LIMIT_DESK_ENTRIES];
    unsigned unsynced_count;

    /* the database */
    bool away;
    bool slow;
    uint64_t recorded; /* applied position in PostgreSQL */
    uint64_t advanced; /* told by the desk */

    struct sim_unit units[SIM_UNITS];
    unsigned units_count;
    uint64_t press_id;
    struct sim_ghost ghosts[SIM_GHOSTS];
    struct sim_operator operators[SIM_OPERATORS];
    unsigned duty; /* as the journal says */
    bool on_duty[SIM_OPERATORS];
    uint64_t duty_gone_us;           /* served: nobody since */
    uint64_t gone_us[SIM_OPERATORS]; /* served: each of them, when not on duty, since */
    uint64_t ref;
    bool gateway;

    struct sim_incident *incidents;
    unsigned incidents_count;
    unsigned incidents_room;
    unsigned first_open; /* no open incident before it */
    uint64_t looked_us;
    uint64_t written_us; /* served: the newest record was written */
    uint64_t unjudged;   /* rows before it are all seen to */
    uint64_t closed_pos; /* the newest act that closes an incident */
};

/* sim.c */
struct sim *sim_new(const struct sim_options *options);
void sim_run(struct sim *sim);
void sim_free(struct sim *sim);
void sim_plan(struct sim *sim, uint64_t after_us, sim_act *act, uint64_t one, uint64_t two);
/* Only if the centre has not been started anew by then. */
void sim_plan_life(struct sim *sim, uint64_t after_us, sim_act *act, uint64_t one, uint64_t two);
void sim_start_centre(struct sim *sim);
void sim_crash_centre(struct sim *sim);
uint64_t sim_served_us(const struct sim *sim);
void sim_serve(struct sim *sim); /* after the centre or its disk came or went */
void sim_broken(struct sim *sim, const char *oracle, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_say(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_mix(struct sim *sim, const void *data, size_t size);
struct desk *sim_new_desk(struct sim *sim);
void sim_fault(struct sim *sim, enum sim_fault fault);

/* loop.c */
void loop_begin(struct sim *sim);
uint64_t loop_next_us(const struct sim *sim);
void loop_turn(struct sim *sim);

/* journal.c */
/* False: no room. */
bool journal_push(struct sim *sim, enum record_type type, const ProtobufCMessage *message,
                  uint64_t handle, uint64_t ref);
void journal_take(struct sim *sim);
void journal_crash(struct sim *sim);
void journal_checkpoint(struct sim *sim, uint64_t pos, uint8_t *bytes, size_t size);
/* A new desk that stands after the record `upto`, from one of the checkpoints or from the first
 * record on: by chance, where all of it is still there. */
struct desk *journal_restore(struct sim *sim, uint64_t upto);
void journal_free(struct sim *sim);

/* database.c, recorder.c */
void database_for(struct sim *sim);
void recorder_for(struct sim *sim);
void database_set(struct sim *sim, bool away, bool slow);
void database_change(struct sim *sim, unsigned unit);

/* units.c */
void units_make(struct sim *sim);
void units_press(struct sim *sim, uint64_t unit, uint64_t kind);
void units_receipt(struct sim *sim, uint64_t unit, uint64_t press);
void units_send(struct sim *sim, uint64_t unit, uint64_t press);
struct sim_press *units_find(struct sim_unit *unit, uint64_t press);

/* intake.c */
void intake_frame(struct sim *sim, unsigned unit, const struct sim_press *press);
void intake_ticket(struct sim *sim, const struct flow_ticket *ticket);
void intake_heard(struct sim *sim, unsigned unit, enum path path, bool poll);

/* operators.c */
void operators_make(struct sim *sim);
void operators_reconnect(struct sim *sim);
void operators_say(struct sim *sim, uint64_t at, uint64_t unused);
/* Whoever owns incidents closes one, this moment. */
void operators_close(struct sim *sim);

/* police.c */
void police_make(struct sim *sim);
void police_reconnect(struct sim *sim);
void police_look(struct sim *sim, struct sim_incident *incident);

/* screen.c */
void screen_take(struct sim *sim);

/* oracle.c */
struct sim_incident *oracle_incident(struct sim *sim, uint64_t id, bool make);
void oracle_applied(struct sim *sim, uint64_t pos);
void oracle_judged_new(struct sim *sim, uint64_t pos);
void oracle_judged_copy(struct sim *sim, uint64_t pos, uint64_t of);
void oracle_intake_copy(struct sim *sim, unsigned unit, const struct sim_press *press, uint64_t of);
void oracle_joined(struct sim *sim, uint64_t pos, uint64_t incident);
void oracle_row(struct sim *sim, const struct record_incident *row);
void oracle_police_row(struct sim *sim, const struct record_escalation *row);
void oracle_replayed(struct sim *sim, const struct desk *desk, uint64_t upto);

/* oracle_time.c */
void oracle_look(struct sim *sim);
void oracle_look_at_losses(struct sim *sim);
void oracle_started(struct sim *sim, bool set_back);

/* faults.c */
void faults_make(struct sim *sim);
void faults_crash_soon(struct sim *sim, uint64_t after_us);
extern const char *const sim_fault_names[SIM_FAULT_COUNT];

#endif
