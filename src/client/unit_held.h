/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presses of one simulated unit that have no DURABLE receipt yet, in the order they were made. One
 * thread.
 */
#ifndef CLIENT_UNIT_HELD_H
#define CLIENT_UNIT_HELD_H

#include "larwm/unit_client.h"

#define UNIT_HELD_MAX 64u /* the signals a session may have in flight (docs/wire-native.md) */

struct unit_held_press
{
    uint64_t sequence;
    enum signal_kind kind;
};

struct unit_held
{
    struct unit_held_press presses[UNIT_HELD_MAX];
    unsigned count;
};

/* Keeps a press; one of the same sequence is it already. False when there is no room. */
bool unit_held_add(struct unit_held *held, uint64_t sequence, enum signal_kind kind);
/* It has its receipt; nothing when it is not held. */
void unit_held_remove(struct unit_held *held, uint64_t sequence);

#endif
