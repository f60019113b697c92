/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One incident as triage holds it: everything console.Incident shows, the police message apart
 * (escalation holds that). Fixed size, from a pool allocated at creation, owned by the desk thread;
 * others read it through `const` pointers that live until the next triage_step.
 */
#ifndef TRIAGE_INCIDENT_H
#define TRIAGE_INCIDENT_H

#include "journal.pb-c.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_HISTORY_TEXT 6144 /* bytes of user names and texts; the oldest texts go first */
#define INCIDENT_UNITS 8           /* identities that find this incident again without a case */
#define INCIDENT_PATHS 2           /* of a unit: main, back-up */

/* One signal of an incident. */
struct incident_signal
{
    uint64_t pos; /* of its record; a supervision signal has its own record */
    int64_t received_us;
    int64_t device_time_us; /* 0 when not given; UNIT_*, PATH_*: when last heard */
    int64_t last_repeat_us; /* 0 when never repeated */
    uint64_t sequence;
    uint32_t repeats;        /* retransmissions of it */
    uint8_t kind;            /* enum signal_kind */
    uint8_t battery_percent; /* 0 when not given */
    uint8_t path;            /* enum path it came by, or that it is about */
    bool restore;
    char unit[LIMIT_UNIT_ID]; /* "" when the registry did not know it */
    char zone[LIMIT_ZONE];
    char code[LIMIT_CODE];
    char text[LIMIT_TEXT];
};

/* How a path of the unit stands, as far as supervision said. */
struct incident_path
{
    int64_t last_seen_us; /* 0: not since the start of the centre */
    uint32_t interval_s;  /* 0: not told */
    uint32_t observed_s;  /* the panel calls at this slower rate; 0: it does not */
    uint32_t state;       /* enum path_state */
    uint32_t unused;      /* 0 */
};

struct incident_history
{
    uint64_t pos; /* of the record that wrote it: for OPENED and SIGNAL that of the RESOLVED */
    int64_t time_us;
    uint16_t kind;      /* larwm.console.HistoryKind */
    uint8_t alert;      /* enum alert_level */
    uint8_t outcome;    /* enum outcome */
    uint16_t text_at;   /* into history_text: user, NUL, text, NUL */
    uint16_t text_size; /* 0: no texts, or given up to make room */
    uint16_t user_size; /* with its NUL */
};

/* A fix, as it came with a signal. `source` POSITION_NONE: no fix. */
struct incident_position
{
    double latitude;
    double longitude;
    uint32_t accuracy_m;
    int64_t fix_us; /* device time of the fix, 0 unknown */
    int64_t received_us;
    uint8_t source; /* enum position_source */
};

struct triage_incident
{
    uint64_t id;       /* node << 48 | position of the signal that opened it */
    uint64_t pos;      /* that position: reference "<node>-<pos>" */
    uint32_t epoch;    /* 1 at opening; grows with every change of owner or state */
    uint8_t state;     /* enum incident_state */
    uint8_t priority;  /* enum priority: raised while open, never lowered */
    uint8_t risk;      /* enum risk: raised while open, never lowered */
    uint8_t kind;      /* enum signal_kind: of the gravest signal */
    uint8_t outcome;   /* enum outcome, once closed */
    uint32_t rank;     /* queue order: smaller first, then opened_us, then id */
    int64_t opened_us; /* record time of the first signal */
    int64_t last_signal_us;
    int64_t closed_us;      /* 0 while open */
    uint32_t signal_count;  /* retransmissions left out */
    uint32_t press_count;   /* of them, presses of an attack kind */
    uint32_t repeat_count;  /* retransmissions */
    uint32_t badges;        /* bit (1 << enum badge): of the signals and of the newest card */
    uint32_t signal_badges; /* of them, those that signals and the centre set */
    char owner[LIMIT_USER];
    int64_t claimed_us;

    bool test;           /* inside a test window: sinks to the bottom, no automatic push */
    bool technical;      /* P3 to P5 at opening: never joined by a P1 or P2 */
    bool loss;           /* technical, of UNIT_* and PATH_* only: closed when every path is back */
    bool flapping;       /* one chattering zone; `flap_*` */
    bool held;           /* closed, but its police message is not finished: kept visible */
    bool receipt_silent; /* the card says so, or .. */
    bool silent;         /* .. one of its signals: from then on for good (REQ G18) */
    uint64_t linked;     /* another open incident at the same address, another case; 0 none */
    int64_t
        presence_due_us; /* the owner's console is gone: when the claim falls; 0 = not running */

    uint32_t flap_edges; /* changes of the zone since flapping began, those before it included */
    int64_t flap_from_us;
    uint64_t flap_key; /* of the counted zone, triage's own */
    char flap_unit[LIMIT_UNIT_ID];
    char flap_zone[LIMIT_ZONE];

    /* What the newest resolve said, taken out of the card for triage and escalation. */
    uint64_t case_id;    /* 0: no case attached */
    uint64_t property;   /* 0: no place known */
    uint8_t unit_status; /* enum unit_status, of the unit that opened it or raised it */
    uint8_t marker;      /* enum marker_status at the event time */
    uint8_t marker_last_known;
    int64_t marker_last_known_us;
    uint8_t consent;   /* enum consent */
    uint8_t resolve;   /* enum resolve_status; RESOLVE_PENDING before the first answer */
    bool unit_blocked; /* unit lost, stolen, unregistered or unallocated: no automatic push */
    char attached[64]; /* case reference of the last ATTACH: a re-check asks for it; "" none */
    uint64_t allocation;
    uint64_t card_hash; /* over what a RECHECKED entry is written for: marker, case, place */

    struct incident_path paths[INCIDENT_PATHS]; /* of a loss: main, back-up */

    bool mass;                   /* `loss` of a whole network (REQ A29): of no unit, no case .. */
    char network[LIMIT_NETWORK]; /* .. but of this network; "" otherwise */
    uint32_t mass_lost;          /* its units lost now, at closing once it is closed; */
    uint32_t mass_late;          /* late; */
    uint32_t mass_back;          /* and back meanwhile */

    struct incident_position position; /* the newest fix */
    uint64_t units[INCIDENT_UNITS];    /* identity keys */
    uint32_t units_count;

    struct incident_signal signal_places[LIMIT_INCIDENT_SIGNALS]; /* read with incident_signal() */
    uint8_t signal_order[LIMIT_INCIDENT_SIGNALS]; /* places of those kept, oldest first */
    bool signal_press[LIMIT_INCIDENT_SIGNALS];    /* by place: it is a press, which goes last */
    uint32_t signals_kept;
    struct incident_history history[LIMIT_INCIDENT_HISTORY]; /* oldest first; OPENED stays */
    uint32_t history_kept;
    uint32_t history_text_used;
    char history_text[INCIDENT_HISTORY_TEXT];

    uint32_t card_turn;       /* how many cards it has had: an answer may name this one; 0: none */
    uint32_t card_size;       /* 0: none yet */
    uint8_t card[LIMIT_CARD]; /* packed larwm.Card */
};

/* The user and the text of a history entry, "" when it has none. */
const char *
incident_history_user(const struct triage_incident *incident, const struct incident_history *entry);
const char *
incident_history_text(const struct triage_incident *incident, const struct incident_history *entry);
/* The signal number `at` (below signals_kept), oldest first; the opening one is 0 and stays. */
static inline const struct incident_signal *
incident_signal(const struct triage_incident *incident, uint32_t at)
{
    return &incident->signal_places[incident->signal_order[at]];
}
static inline bool
incident_has_badge(const struct triage_incident *incident, enum badge badge)
{
    return (incident->badges & (UINT32_C(1) << badge)) != 0;
}

#endif
