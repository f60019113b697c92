/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event code means here: Contact ID (three digits) and SIA DC-03 (two letters) to the
 * project's kinds and classes. The tables are data (dc09_codes.c) and docs/dc09-codes.md is their
 * printed form. Pure, any thread.
 *
 * The class follows standards.md section 2: its P0 and P1 are PRIORITY_P1 here, "P1 at DA premises"
 * is P1 because every unit of this centre stands at such premises, "log" and tests are P5. Triage
 * takes the graver of this hint and the kind's own class.
 */
#ifndef INTAKE_DC09_CODES_H
#define INTAKE_DC09_CODES_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>

struct dc09_meaning
{
    enum signal_kind kind;
    enum priority class_hint; /* P5 for restores; NONE for an unknown code: the kind decides */
    bool restore; /* the code itself says the condition ended (SIA); Contact ID says it with Q */
    bool silent;  /* duress and silent codes: nothing audible may follow (REQ G18) */
    bool known;   /* false: kind is SIGNAL_UNKNOWN, shown to the operator, never dropped */
    const char *subject; /* "panic", "zone bypass": English, for the engineer and the docs */
    const char *what;    /* "alarm", "restored"; "" when the subject says it all */
};

/* `code` 0..999 as the three digits read. */
struct dc09_meaning dc09_code_cid(unsigned code);

/* `letters`: two characters. */
struct dc09_meaning dc09_code_sia(const char letters[2]);

/* The SIA letters commonly given as the equal of a Contact ID code, or "" when there are none. */
const char *dc09_code_cid_as_sia(unsigned code);

/* For the printed tables and their test: row `index` of each table; false past the end. A SIA code
 * with a meaning of its own may come again among the pairs, with that same meaning. */
struct dc09_code_row
{
    char code[4];
    struct dc09_meaning meaning;
};
bool dc09_code_row_cid(size_t index, struct dc09_code_row *ret);
bool dc09_code_row_sia(size_t index, struct dc09_code_row *ret);

#endif
