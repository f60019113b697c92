/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the [<letter><value>] blocks of a message say. They are kept as they came and read on
 * demand; a block that cannot be read costs nothing but itself, never the alarm. Pure, any thread.
 */
#ifndef INTAKE_DC09_XDATA_H
#define INTAKE_DC09_XDATA_H

#include "intake/dc09_message.h"

struct dc09_position
{
    double latitude;  /* degrees, north positive, -90..90 */
    double longitude; /* degrees, east positive, -180..180 */
    bool has_altitude;
    double altitude_m;
};

/* The first block with that letter, or NULL. */
const struct dc09_xdata *dc09_xdata_find(const struct dc09_message *message, char letter);

/*
 * The position of [X..] and [Y..], or false. Degrees, hemisphere and decimal minutes ("006E07.777")
 * and signed decimal degrees ("-3.179") are both read. 0,0 means "no fix" in the field and counts
 * as absent: the centre states no position it does not know.
 */
bool dc09_xdata_position(const struct dc09_message *message, struct dc09_position *ret);

/* The time of occurrence of [H..], UTC microseconds since 1970, or false. */
bool dc09_xdata_time(const struct dc09_message *message, int64_t *ret_us);

/*
 * Panel text to UTF-8, cut at `size` - 1 bytes between characters; control characters become
 * spaces. Text that is valid UTF-8 already stays; everything else is Windows-1252. Returns the
 * bytes written, the closing NUL not counted. `size` at least 1.
 */
size_t dc09_text_to_utf8(struct dc09_view text, char *to, size_t size);

/* What a letter stands for: "room", "longitude"; "unknown" when we do not know it. */
const char *dc09_xdata_meaning(char letter);

#endif
