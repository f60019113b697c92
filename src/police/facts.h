/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the frozen message text says, as fields.
 *
 * An incident goes on changing while its message is tried again, and a restart forgets what was
 * tried; only the text fixed when the message was queued stays the same. Every field of the
 * document that could change is therefore read back from that text, so that each delivery of one
 * message is the same document, byte for byte, and never says more than the operator saw. The
 * labels are those of docs/wire-police.md; a line that is not there leaves its field empty. Pure,
 * any thread.
 */
#ifndef POLICE_FACTS_H
#define POLICE_FACTS_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICE_FACT_REFERENCE 64

/* A piece of the text it was read from. Not ended by NUL. */
struct police_span
{
    const char *text; /* NULL when the line is not there */
    size_t size;
};

struct police_facts
{
    enum signal_kind kind;     /* SIGNAL_UNKNOWN when the first line is none we know */
    enum marker_status marker; /* ACTIVE only when the text says POLICE MARKER: ACTIVE */
    bool marker_last_active;   /* not checked, but last known active */
    bool no_operator;
    bool test;
    char marker_reference[POLICE_FACT_REFERENCE];
    bool has_position;
    double latitude; /* degrees, WGS 84 */
    double longitude;
    uint32_t accuracy_m; /* 0 when not given */
};

/* Reads `text` (NUL-ended). The facts do not point into it. */
void police_facts_read(const char *text, struct police_facts *ret_facts);

/* The rest of the first line that begins with `label`. */
struct police_span police_facts_line(const char *text, const char *label);

#endif
