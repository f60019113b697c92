/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lowest position a new journal may begin at. Positions name incidents and mark what PostgreSQL
 * has; a journal that was lost (a new disk) must not hand out numbers that PostgreSQL knows.
 */
#ifndef APP_FLOOR_H
#define APP_FLOOR_H

#include <stdint.h>

/*
 * 0 when `directory` holds a journal already: it knows best. Otherwise the position PostgreSQL has
 * applied for `node`, and a million more: the lost journal may have been ahead of PostgreSQL, and
 * its positions are known to people and control rooms. When PostgreSQL does not answer within two
 * seconds, the milliseconds since the start of 2020 instead, which no journal reaches by counting
 * at less than a thousand records a second on average. Main thread, at start.
 */
uint64_t floor_position(const char *directory, const char *conninfo, unsigned node);

#endif
