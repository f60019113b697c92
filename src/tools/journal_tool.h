/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `larwmctl journal verify` and `larwmctl journal dump`: read a journal directory without changing
 * it, also while the daemon writes to it (the newest end may then look unfinished). Results go to
 * stdout, reasons why nothing can be read to stderr.
 */
#ifndef TOOLS_JOURNAL_TOOL_H
#define TOOLS_JOURNAL_TOOL_H

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_TOOL_OK 0 /* whole, or with nothing worse than an unfinished end */
#define JOURNAL_TOOL_DAMAGED 1
#define JOURNAL_TOOL_UNREADABLE 3 /* no such directory, no rights, a newer format */

/* One line a segment, one a finding, a verdict. Returns a JOURNAL_TOOL_ code. */
int journal_tool_verify(const char *dir);

/*
 * One line for each record from position `from` to `to` (0: no upper limit), as text or as JSON.
 * Without `personal`, fields that may hold personal data are named as hidden and not shown.
 * Records of batches that failed are marked unacknowledged. Returns a JOURNAL_TOOL_ code.
 */
int journal_tool_dump(const char *dir, uint64_t from, uint64_t to, bool json, bool personal);

#endif
