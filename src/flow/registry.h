/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may call: the registry of units as the intake threads read it. Built by the desk (resolve)
 * from PostgreSQL or from the local snapshot, immutable once published.
 *
 * Publishing: the desk pushes a pointer into each intake thread's `registries` ring and wakes it;
 * the intake thread swaps it in and pushes the old one into its `retired` ring; the desk frees a
 * registry when all intake threads have given it back. No lock, no reader counts.
 */
#ifndef FLOW_REGISTRY_H
#define FLOW_REGISTRY_H

#include "flow/last_seen.h"
#include "larwm/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct registry_unit
{
    char id[LIMIT_UNIT_ID];
    uint32_t slot;       /* in the last-seen table: stable while the daemon runs, 1.. */
    uint32_t interval_s; /* heartbeat interval asked of the unit */
    bool monitored;
    bool has_backup; /* it has a back-up path */
    bool silent;     /* receipts must be silent */
};

struct registry_account
{
    char account[LIMIT_ACCOUNT]; /* as configured; compared without regard to case */
    uint8_t key[32];
    uint8_t key_size;        /* 0 (clear text), 16, 24, 32 */
    uint32_t clock_behind_s; /* how old its timestamps may be; 0: the listener's */
    uint32_t clock_ahead_s;  /* how far ahead; 0: the listener's */
    uint8_t path;        /* enum path: PATH_MAIN, or PATH_BACKUP when the account is that path's */
    char backup_network; /* of a main account: the network path ([J..]) that is the back-up */
    struct registry_unit *unit;
};

struct registry;

/* Any thread that holds the registry. NULL when not known. */
const struct registry_unit *registry_find_fingerprint(const struct registry *registry,
                                                      const uint8_t fingerprint[LIMIT_FINGERPRINT]);
const struct registry_account *
registry_find_account(const struct registry *registry, const char *account);
/* A fingerprint that was valid once and is revoked or replaced: its sessions are refused (S3). */
bool
registry_is_revoked(const struct registry *registry, const uint8_t fingerprint[LIMIT_FINGERPRINT]);
const struct registry_unit *registry_find_unit(const struct registry *registry, const char *id);

/*
 * Building, one thread (the desk), before publishing.
 */
struct registry *registry_new(unsigned units_max, unsigned accounts_max, unsigned revoked_max);
void registry_free(struct registry *registry);
struct registry_unit *
registry_add_unit(struct registry *registry, const struct registry_unit *unit);
bool registry_add_fingerprint(struct registry *registry, struct registry_unit *unit,
                              const uint8_t fingerprint[LIMIT_FINGERPRINT]);
bool registry_add_account(struct registry *registry, const struct registry_account *account);
bool registry_add_revoked(struct registry *registry, const uint8_t fingerprint[LIMIT_FINGERPRINT]);
unsigned registry_unit_count(const struct registry *registry);
/* Which of them `unit` is, in the order in which they were added: 0 .. count - 1. */
unsigned registry_unit_index(const struct registry *registry, const struct registry_unit *unit);

#endif
