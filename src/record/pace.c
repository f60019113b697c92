/* SPDX-License-Identifier: Apache-2.0 */
#include "record/pace.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACE_BYTES (4u << 20) /* fewer that wait are no storm: some 10,000 presses */
#define PACE_TIMES 9u         /* rests as many times as it wrote: a tenth of the time is left */
#define PACE_REST_US_MAX UINT64_C(1000000)
#define PACE_BUSY_PERCENT 50u /* of the time something waited for a processor */

void
pace_open(struct pace *pace, const char *pressure_path)
{
    *pace = (struct pace){.pressure = open(pressure_path, O_RDONLY | O_CLOEXEC)};
}

void
pace_close(struct pace *pace)
{
    if (pace->pressure >= 0) {
        (void)close(pace->pressure);
        pace->pressure = -1;
    }
}

/* "some avg10=9.40 avg60=50.00 avg300=57.94 total=19699024015" */
static bool
read_waited(const struct pace *pace, uint64_t *ret_us)
{
    char text[256];
    ssize_t size = pace->pressure < 0 ? -1 : pread(pace->pressure, text, sizeof text - 1, 0);
    if (size <= 0) {
        return false;
    }
    text[size] = '\0';
    const char *total = strstr(text, "total=");
    if (total == NULL) {
        return false;
    }
    *ret_us = strtoull(total + strlen("total="), NULL, 10);
    return true;
}

uint64_t
pace_rest_us(struct pace *pace, uint64_t now_us, uint64_t taken_us, uint64_t backlog, uint64_t most)
{
    uint64_t waited_us;
    if (backlog < PACE_BYTES) { /* nothing is read in quiet */
        pace->read_us = 0;
        return 0;
    }
    if (!read_waited(pace, &waited_us)) {
        return 0;
    }
    uint64_t between_us = now_us - pace->read_us;
    bool known = pace->read_us != 0 && between_us > 0;
    bool busy = known && (waited_us - pace->waited_us) * 100 >= between_us * PACE_BUSY_PERCENT;
    bool grows = known && backlog > pace->backlog;
    pace->waited_us = waited_us;
    pace->read_us = now_us;
    pace->backlog = backlog;
    if (!busy || !grows || backlog >= most) {
        return 0;
    }
    uint64_t rest_us = taken_us * PACE_TIMES;
    return rest_us < PACE_REST_US_MAX ? rest_us : PACE_REST_US_MAX;
}
