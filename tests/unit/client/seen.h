/* SPDX-License-Identifier: Apache-2.0 */
/* A console client and everything its callbacks said. */
#ifndef TEST_CLIENT_SEEN_H
#define TEST_CLIENT_SEEN_H

#include "client/console_client.h"
#include "fixture.h"

#define INCIDENTS 64

struct seen
{
    uv_loop_t loop;
    uv_timer_t limit;
    struct console_client *client;
    unsigned ups;
    unsigned resumed;
    unsigned downs;
    enum error down_error;
    char down_reason[200];
    unsigned begins;
    unsigned ends;
    unsigned frames;
    unsigned ticks;
    unsigned results;
    uint64_t result_ref;
    bool open[INCIDENTS];
    unsigned incidents;
    bool closed;
};

/* Opens a client of the fixture's socket as an operator who watches. `raw_only`: no callback but
 * on_frame, on_up and on_down. */
struct seen *
open_client(struct fixture *fixture, bool once, bool raw_only, uint64_t stream, uint64_t after);
/* Turns the loop until `count` is `wanted`; the test's limit ends it. */
void run_until(struct seen *seen, const unsigned *count, unsigned wanted);
/* Closes the client, unless the test did, and frees everything. */
void end_client(struct seen *seen);

void seen_on_down(void *data, enum error error, const char *reason);
void seen_on_end(void *data);
void seen_on_closed(void *data);

#endif
