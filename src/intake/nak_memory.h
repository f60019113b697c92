/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which DC-09 frames were answered with NAK a moment ago: when one comes again, its panel cannot or
 * does not set its clock, and an ACK keeps it from repeating for ever.
 *
 * A frame is known by a hash of account, sequence and content, so a new event with a reused
 * sequence is told our time again; and for NAK_MEMORY_S only. Places are shared by all workers,
 * relaxed: what is forgotten costs one more NAK, never an alarm.
 */
#ifndef INTAKE_NAK_MEMORY_H
#define INTAKE_NAK_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define NAK_MEMORY_S 120u /* panels try again within 60 s */

/* `places`: how many `memory` has. `now_ms` monotonic. */
bool nak_memory_has(_Atomic uint64_t *memory, uint32_t places, uint64_t hash, uint64_t now_ms);
void nak_memory_add(_Atomic uint64_t *memory, uint32_t places, uint64_t hash, uint64_t now_ms);
void nak_memory_remove(_Atomic uint64_t *memory, uint32_t places, uint64_t hash);

#endif
