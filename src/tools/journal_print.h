/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints one journal record on one line, as text or JSON. What may be shown without being asked for
 * personal data is a list of field names for each record type; everything not on it is hidden, so a
 * field added later is hidden until somebody decides otherwise. One thread.
 */
#ifndef TOOLS_JOURNAL_PRINT_H
#define TOOLS_JOURNAL_PRINT_H

#include "flow/entry.h"

#include <stdbool.h>
#include <stdio.h>

void journal_print_record(FILE *out, const struct flow_record *record, bool acknowledged, bool json,
                          bool personal);

#endif
