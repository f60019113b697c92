/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: connected, the window is filled, each answer frees its place, the next alarm takes
 * it.
 *
 * Failures: no answer in time: the same bytes again (not over TCP while the connection holds and
 * the receiver merely slows us: only after timeout_ms). Connection ended: made again, and what is
 * owed is sent again. An answer that fits nothing: counted.
 *
 * On close: the poll handle, then the socket.
 */
#include "dc09_panel.h"

#include "base/clock.h"
#include "intake/dc09_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEQUENCE_LAST 9999u

uint64_t
dc09_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static unsigned
panel_random(struct dc09_panel *panel, unsigned below)
{
    struct dc09_load *load = panel->load;
    load->random = load->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((load->random >> 33) % below);
}

static size_t
panel_encode(struct dc09_panel *panel, const char *token, unsigned sequence, const char *data,
             uint8_t *to)
{
    const struct dc09_options *options = panel->load->options;
    char head[16];
    int head_size = snprintf(head, sizeof head, "L0#%s", panel->account);
    struct dc09_outgoing outgoing = {
        .token = token,
        .sequence = sequence,
        .head = {head, (size_t)head_size},
        .data = {data, strlen(data)},
        .timed = options->key_size > 0 || options->drift_s != 0,
        .time_us = clock_wall_us() + panel->clock_off_us,
        .cipher = options->key_size > 0 ? panel->load->cipher : NULL,
        .key = options->key,
        .key_size = options->key_size,
        .bar = true,
    };
    return dc09_encode(&outgoing, to, FRAME_MAX);
}

static void
panel_encode_alarm(struct dc09_panel *panel, struct dc09_owed *place)
{
    char data[128];
    unsigned zone = (unsigned)(place->number % 999) + 1;
    if (panel->load->options->contact_id) {
        (void)snprintf(data, sizeof data, "#%s|1130 %02u %03u", panel->account,
                       (unsigned)(place->number / 999 % 99) + 1, zone);
    } else {
        (void)snprintf(data, sizeof data, "#%s|Nri1/BA%03u^press %llu^", panel->account, zone,
                       (unsigned long long)place->number);
    }
    place->size =
        (uint16_t)panel_encode(panel, panel->load->options->contact_id ? "ADM-CID" : "SIA-DCS",
                               place->sequence, data, place->frame);
}

/* What a bad line or a bad neighbour puts between frames; never a good frame. */
static void
panel_put_hostile(struct dc09_panel *panel, const struct dc09_owed *place)
{
    uint8_t bytes[FRAME_MAX];
    size_t size = place->size;
    memcpy(bytes, place->frame, size);
    switch (panel_random(panel, 3)) {
        case 0: /* one byte changed: the CRC finds it */
            bytes[10 + panel_random(panel, (unsigned)size - 12)] ^= 0x11;
            break;
        case 1: /* cut short, the next frame follows at once */
            size = 1 + panel_random(panel, (unsigned)size - 2);
            break;
        default:
            for (size_t i = 0; i < size; i++) {
                bytes[i] = (uint8_t)panel_random(panel, 256);
            }
            break;
    }
    link_put(panel, bytes, size);
}

static void
panel_put_alarm(struct dc09_panel *panel, struct dc09_owed *place)
{
    const struct dc09_options *options = panel->load->options;
    if (options->hostile > 0 && panel_random(panel, 100) < options->hostile) {
        panel_put_hostile(panel, place);
    }
    place->waiting = (uint16_t)options->copies;
    place->sent_us = dc09_now_us();
    for (unsigned i = 0; i < options->copies; i++) {
        link_put(panel, place->frame, place->size);
    }
}

static void
panel_put_nulls(struct dc09_panel *panel)
{
    uint8_t frame[FRAME_MAX];
    for (unsigned i = 0; i < panel->load->options->nulls; i++) {
        size_t size = panel_encode(panel, "NULL", 0, "", frame);
        link_put(panel, frame, size);
        panel->nulls_owed += 1;
    }
}

static bool
panel_may_begin(const struct dc09_panel *panel)
{
    const struct dc09_load *load = panel->load;
    return !load->stopping && panel->owed < load->options->window &&
           (load->options->count == 0 || load->totals.alarms < load->options->count);
}

static void
panel_begin_alarm(struct dc09_panel *panel)
{
    struct dc09_owed *place = panel->places;
    while (place->sequence != 0) {
        place++;
    }
    panel->sequence = panel->sequence >= SEQUENCE_LAST ? 1 : panel->sequence + 1;
    place->sequence = (uint16_t)panel->sequence;
    place->number = panel->number++;
    panel_encode_alarm(panel, place);
    panel->owed += 1;
    panel->load->totals.alarms += 1;
    panel->load->busy += panel->owed == 1 ? 1 : 0;
    panel_put_alarm(panel, place);
    place->first_us = place->sent_us;
    panel_put_nulls(panel);
}

static void
panel_fill(struct dc09_panel *panel)
{
    while (panel->connected && panel_may_begin(panel)) {
        panel_begin_alarm(panel);
    }
    link_write(panel);
}

static void
panel_settle(struct dc09_panel *panel, struct dc09_owed *place)
{
    struct dc09_load *load = panel->load;
    load->totals.answered += 1;
    histogram_add(&load->totals.latency, dc09_now_us() - place->first_us);
    place->sequence = 0;
    panel->owed -= 1;
    load->busy -= panel->owed == 0 ? 1 : 0;
    bool done =
        load->stopping || (load->options->count > 0 && load->totals.alarms >= load->options->count);
    if (done && load->busy == 0) {
        load->on_idle(load);
    }
}

static struct dc09_owed *
panel_find(struct dc09_panel *panel, unsigned sequence)
{
    for (unsigned i = 0; i < panel->load->options->window; i++) {
        if (panel->places[i].sequence == sequence && sequence != 0) {
            return &panel->places[i];
        }
    }
    return NULL;
}

/* The oldest alarm not answered: a NAK does not say which frame it answers. */
static struct dc09_owed *
panel_oldest(struct dc09_panel *panel)
{
    struct dc09_owed *oldest = NULL;
    for (unsigned i = 0; i < panel->load->options->window; i++) {
        struct dc09_owed *place = &panel->places[i];
        if (place->sequence != 0 && (oldest == NULL || place->sent_us < oldest->sent_us)) {
            oldest = place;
        }
    }
    return oldest;
}

static void
panel_take_nak(struct dc09_panel *panel, const struct dc09_message *answer)
{
    struct dc09_owed *place = panel_oldest(panel);
    panel->load->totals.naks += 1;
    if (panel->load->options->set_clock && answer->time_state == DC09_TIME_VALID) {
        panel->clock_off_us = answer->time_us - clock_wall_us();
    }
    if (place == NULL) {
        return;
    }
    place->waiting = (uint16_t)(place->waiting > 0 ? place->waiting - 1 : 0);
    if (place->waiting == 0) {
        panel_encode_alarm(panel, place);
        panel_put_alarm(panel, place);
    }
}

static void
panel_take_answer(struct dc09_panel *panel, const struct dc09_message *answer)
{
    struct dc09_totals *totals = &panel->load->totals;
    struct dc09_owed *place = panel_find(panel, answer->sequence);
    if (answer->token == DC09_TOKEN_NAK) {
        panel_take_nak(panel, answer);
    } else if (answer->token == DC09_TOKEN_DUH) {
        totals->duhs += 1;
    } else if (answer->token != DC09_TOKEN_ACK) {
        totals->strange += 1;
    } else if (answer->sequence == 0 && panel->nulls_owed > 0) {
        panel->nulls_owed -= 1;
        totals->null_acks += 1;
    } else if (place == NULL) {
        totals->strange += panel->load->options->udp || totals->resent > 0 ? 0 : 1;
    } else {
        totals->acks += 1;
        place->waiting -= 1;
        if (place->waiting == 0) {
            panel_settle(panel, place);
        }
    }
}

void
panel_on_bytes(struct dc09_panel *panel)
{
    size_t at = 0;
    struct dc09_frame frame;
    enum dc09_scan scan;
    while ((scan = dc09_framer_next(panel->in, panel->in_size, &at, &frame)) != DC09_SCAN_MORE) {
        struct dc09_message answer;
        if (scan == DC09_SCAN_BAD || dc09_decode(&frame, &answer) != ERROR_NONE) {
            panel->load->totals.strange += 1;
            continue;
        }
        panel_take_answer(panel, &answer);
    }
    memmove(panel->in, panel->in + at, panel->in_size - at);
    panel->in_size -= at;
    panel_fill(panel);
}

void
panel_on_served(struct dc09_panel *panel)
{
    panel->connected = true;
    for (unsigned i = 0; i < panel->load->options->window; i++) {
        if (panel->places[i].sequence != 0) {
            panel_put_alarm(panel, &panel->places[i]);
        }
    }
    panel_fill(panel);
}

struct dc09_panel *
dc09_panel_start(struct dc09_load *load, unsigned index)
{
    struct dc09_panel *panel = calloc(1, sizeof *panel);
    if (panel == NULL) {
        return NULL;
    }
    panel->load = load;
    panel->index = index;
    panel->fd = -1;
    panel->clock_off_us = (int64_t)load->options->drift_s * 1000000;
    /* a run's frames must not be taken for copies of an earlier run's */
    panel->number = load->first_number;
    panel->sequence = (unsigned)(load->first_number % SEQUENCE_LAST);
    (void)snprintf(panel->account, sizeof panel->account, "%06X",
                   (load->options->first + index) & 0xFFFFFFu);
    if (!link_connect(panel)) {
        fprintf(stderr, "larwm-bench: %s port %u does not take the connection\n",
                load->options->host, load->options->port);
        free(panel);
        return NULL;
    }
    return panel;
}

void
dc09_panel_tick(struct dc09_panel *panel)
{
    uint64_t now_us = dc09_now_us();
    if (panel->fd < 0) {
        (void)link_connect(panel);
        return;
    }
    for (unsigned i = 0; panel->connected && i < panel->load->options->window; i++) {
        struct dc09_owed *place = &panel->places[i];
        if (place->sequence != 0 &&
            now_us - place->sent_us > (uint64_t)panel->load->options->timeout_ms * 1000u) {
            panel->load->totals.resent += 1;
            panel_put_alarm(panel, place);
        }
    }
    link_write(panel);
}

void
dc09_panel_close(struct dc09_panel *panel)
{
    link_disconnect(panel);
}
