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
 * applied for `node`; when PostgreSQL does not answer within two seconds, the seconds since the
 * start of 2020, which no journal reaches by counting at one record a second. Main thread, at start.
 */
uint64_t floor_position(const char *directory, const char *conninfo, unsigned node);

#endif
