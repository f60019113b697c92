/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that came from a unit, made safe to keep: bounded, valid UTF-8, no control characters. An
 * alarm is never refused for its text (rule R0). Any thread.
 */
#ifndef INTAKE_CLEAN_H
#define INTAKE_CLEAN_H

#include <stddef.h>

/* Cleans `text` in place: bytes that are no UTF-8 become '?', control characters a space, and what
 * does not fit `limit` bytes with the closing NUL is cut at a character. */
void clean_text(char *text, size_t limit);

#endif
