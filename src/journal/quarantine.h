/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of what was damaged, in quarantine/ below the journal directory, one file for each range:
 * evidence, and material for a repair by hand. A file's name says where its bytes come from, so the
 * same damage met again at the next start is known and not copied twice. One thread.
 */
#ifndef JOURNAL_QUARANTINE_H
#define JOURNAL_QUARANTINE_H

#include "journal/journal.h"

/* Keeps `finding` with its `bytes` (NULL: there are none; a line of text is kept). Sets
 * finding->known when an earlier start did so already. Durable when it returns ERROR_NONE. */
enum error
journal_quarantine_keep(int dir, struct journal_finding *finding, const uint8_t *bytes) MUST_USE;

#endif
