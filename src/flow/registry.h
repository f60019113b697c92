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

#include "larwm/limits.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct registry_unit
{
    char id[LIMIT_UNIT_ID];
    uint32_t slot;       /* in the last-seen table: stable while the daemon runs, 1.. */
    uint32_t interval_s; /* heartbeat interval asked of the unit */
    bool monitored;
    bool silent; /* receipts must be silent */
};

struct registry_account
{
    char account[LIMIT_ACCOUNT]; /* as configured; compared without regard to case */
    uint8_t key[32];
    uint8_t key_size;        /* 0 (clear text), 16, 24, 32 */
    uint32_t clock_behind_s; /* how old its timestamps may be; 0: the listener's */
    uint32_t clock_ahead_s;  /* how far ahead; 0: the listener's */
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

/*
 * When each unit was last heard: one slot a unit, monotonic milliseconds, 0 = not since start.
 * Written by the intake thread that holds the unit's session, read by the desk; relaxed, pairs with
 * nothing: supervision looks again when the timer expires.
 */
struct last_seen
{
    _Atomic uint64_t slots[LIMIT_UNITS];
};

#endif
