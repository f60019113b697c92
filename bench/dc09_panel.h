/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One panel of the load, as its two halves share it: what it owes (dc09_panel.c) and its connection
 * (dc09_link.c). One thread.
 */
#ifndef BENCH_DC09_PANEL_H
#define BENCH_DC09_PANEL_H

#include "dc09.h"
#include "intake/dc09_framer.h"

#define FRAME_MAX 512u
#define OUT_MAX 65536u

struct dc09_owed
{
    uint16_t sequence; /* 0: free */
    uint16_t size;
    uint16_t waiting; /* answers still to come */
    uint64_t number;  /* of the panel's alarms: no two have one content */
    uint64_t first_us;
    uint64_t sent_us;
    uint8_t frame[FRAME_MAX];
};

struct dc09_panel
{
    struct dc09_load *load;
    unsigned index;
    int fd;
    uv_poll_t *poll;
    SSL *ssl;
    bool connected;
    unsigned sequence;
    uint64_t number; /* of its next alarm */
    unsigned owed;
    unsigned nulls_owed;
    int64_t clock_off_us;
    char account[8];
    struct dc09_owed places[DC09_WINDOW_MAX];
    uint8_t out[OUT_MAX];
    size_t out_size;
    uint8_t in[2 * DC09_FRAME_MAX];
    size_t in_size;
};

/* dc09_link.c */

/* Connects; when it is served, link_on_served follows. False when it cannot begin. */
bool link_connect(struct dc09_panel *panel);
void link_disconnect(struct dc09_panel *panel);
/* Adds bytes to what goes out; datagrams leave at once. */
void link_put(struct dc09_panel *panel, const uint8_t *bytes, size_t size);
/* Writes what the kernel takes; the rest follows from the loop. */
void link_write(struct dc09_panel *panel);

/* dc09_panel.c */

/* The connection is there: everything owed goes out again, then new alarms. */
void panel_on_served(struct dc09_panel *panel);
/* More bytes stand in `in`. */
void panel_on_bytes(struct dc09_panel *panel);

#endif
