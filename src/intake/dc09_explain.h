/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DC-09 frame in words, for the engineer on site (`larwmctl dc09 decode FRAME [--key HEX]`):
 * every field, or exactly where it is wrong. It prints what the panel sent, positions and texts
 * included, so its output is for that engineer's screen and never for a log. Any thread.
 */
#ifndef INTAKE_DC09_EXPLAIN_H
#define INTAKE_DC09_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * `bytes`: one frame, with or without its LF and CR. `key_size` 0, or 16, 24, 32. Returns true when
 * a receiver would take the frame (an encrypted one: when the key opened it).
 */
bool dc09_explain(FILE *to, const uint8_t *bytes, size_t size, const uint8_t *key, size_t key_size);

#endif
