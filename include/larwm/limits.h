/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bound in larwm, in one place (docs/limits.md says what happens at each).
 * Sizes are in bytes unless the name says otherwise; times carry their unit last.
 */
#ifndef LARWM_LIMITS_H
#define LARWM_LIMITS_H

/* Identity. */
#define LIMIT_NODES 4095       /* node ids 1..4095: 12 bits of an incident id */
#define LIMIT_UNIT_ID 40       /* unit identifier, with the closing NUL */
#define LIMIT_ACCOUNT 24       /* DC-09 account, with the closing NUL */
#define LIMIT_USER 64          /* user name, with the closing NUL */
#define LIMIT_UNITS (1u << 20) /* registered units: slots of the last-seen table */
#define LIMIT_FINGERPRINT 32   /* SHA-256 of SubjectPublicKeyInfo */

/* Text carried by a signal. */
#define LIMIT_ZONE 65
#define LIMIT_TEXT 257
#define LIMIT_CODE 24
#define LIMIT_NETWORK 65

/* Wire. */
#define LIMIT_NATIVE_FRAME 4096    /* one UnitFrame, without its length prefix */
#define LIMIT_DC09_FRAME 4095      /* what 0LLL can count */
#define LIMIT_CONSOLE_FRAME 262144 /* one ClientFrame or ServerFrame */

/* Intake. */
#define LIMIT_INTAKE_THREADS 16
#define LIMIT_SESSIONS 131072     /* unit sessions of one daemon */
#define LIMIT_INTAKE_ENTRIES 4096 /* signals on their way, per intake thread */

/* Journal. */
#define LIMIT_RECORD 16384 /* body of one record */
#define LIMIT_JOURNAL_PRODUCERS 24
#define LIMIT_BATCH_BYTES (4u << 20)

/* Desk. */
#define LIMIT_DESK_ENTRIES 8192     /* records the desk itself has on their way to the journal */
#define LIMIT_PENDING_SIGNALS 16384 /* signals waiting for case and marker */
#define LIMIT_REPEAT_POSITIONS (1u << 20) /* records back that counted copies may be of */
#define LIMIT_INCIDENTS_OPEN 65536
#define LIMIT_NETWORKS_DOWN 256   /* networks with units lately lost, or with a mass loss open */
#define LIMIT_MASS_LOSS_UNITS 64  /* most units that policy.mass_loss_units may ask for */
#define LIMIT_MASS_LIST 50        /* units of a mass loss named in its view */
#define LIMIT_INCIDENT_SIGNALS 16 /* signals kept in an incident's view; all are in PostgreSQL */
#define LIMIT_INCIDENT_HISTORY 64
#define LIMIT_CARD 8192 /* packed Card */
#define LIMIT_POLICE_TEXT 2048
#define LIMIT_CHECKPOINT_RECORDS 50000 /* records after which the state is kept anew */
#define LIMIT_NOTE 2000
#define LIMIT_OPERATORS 256 /* operators and gateways present at once */

/* Outlet. */
#define LIMIT_CLIENTS 1024
#define LIMIT_OUTLET_ENTRIES 4096
#define LIMIT_DELTAS 16384 /* kept for clients that resume */
#define LIMIT_CLIENT_BACKLOG (8u << 20)

#endif
