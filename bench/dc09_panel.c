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
#include "dc09.h"

#include "base/clock.h"
#include "intake/dc09_encode.h"
#include "intake/dc09_framer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 512u
#define OUT_MAX 65536u
#define SEQUENCE_LAST 9999u

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

static void panel_write(struct dc09_panel *panel);
static bool panel_connect(struct dc09_panel *panel);

static void
panel_put(struct dc09_panel *panel, const uint8_t *bytes, size_t size)
{
    if (panel->load->options->udp) {
        (void)!send(panel->fd, bytes, size, 0); /* lost as datagrams are: the time-out sees to it */
        return;
    }
    if (size <= OUT_MAX - panel->out_size) {
        memcpy(panel->out + panel->out_size, bytes, size);
        panel->out_size += size;
    }
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
    panel_put(panel, bytes, size);
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
        panel_put(panel, place->frame, place->size);
    }
}

static void
panel_put_nulls(struct dc09_panel *panel)
{
    uint8_t frame[FRAME_MAX];
    for (unsigned i = 0; i < panel->load->options->nulls; i++) {
        size_t size = panel_encode(panel, "NULL", 0, "", frame);
        panel_put(panel, frame, size);
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
    panel_write(panel);
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

static void
panel_take_bytes(struct dc09_panel *panel)
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

static void
panel_on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void
panel_disconnect(struct dc09_panel *panel)
{
    if (panel->poll != NULL) {
        uv_close((uv_handle_t *)panel->poll, panel_on_poll_closed);
        panel->poll = NULL;
    }
    SSL_free(panel->ssl);
    panel->ssl = NULL;
    if (panel->fd >= 0) {
        (void)close(panel->fd);
    }
    panel->fd = -1;
    panel->connected = false;
    panel->out_size = panel->in_size = 0;
    panel->nulls_owed = 0;
}

/* Over a new connection everything that is owed goes out again. */
static void
panel_return(struct dc09_panel *panel)
{
    panel_disconnect(panel);
    panel->load->totals.returned += 1;
    (void)panel_connect(panel); /* when that fails, the tick tries again */
}

static ssize_t
panel_write_some(struct dc09_panel *panel)
{
    size_t split = panel->load->options->split;
    size_t size = split > 0 && split < panel->out_size ? split : panel->out_size;
    if (panel->ssl == NULL) {
        return send(panel->fd, panel->out, size, MSG_NOSIGNAL);
    }
    int written = SSL_write(panel->ssl, panel->out, (int)size);
    if (written > 0) {
        return written;
    }
    int why = SSL_get_error(panel->ssl, written);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static void panel_on_poll(uv_poll_t *handle, int status, int events);

static void
panel_write(struct dc09_panel *panel)
{
    while (panel->connected && panel->out_size > 0) {
        ssize_t written = panel_write_some(panel);
        if (written < 0) {
            if (errno != EAGAIN) {
                panel_return(panel);
                return;
            }
            (void)uv_poll_start(panel->poll, UV_READABLE | UV_WRITABLE, panel_on_poll);
            return;
        }
        memmove(panel->out, panel->out + written, panel->out_size - (size_t)written);
        panel->out_size -= (size_t)written;
    }
}

static ssize_t
panel_read_some(struct dc09_panel *panel)
{
    uint8_t *to = panel->in + panel->in_size;
    size_t room = sizeof panel->in - panel->in_size;
    if (panel->ssl == NULL) {
        return recv(panel->fd, to, room, 0);
    }
    int got = SSL_read(panel->ssl, to, (int)room);
    if (got > 0) {
        return got;
    }
    int why = SSL_get_error(panel->ssl, got);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static void
panel_read(struct dc09_panel *panel)
{
    do {
        ssize_t got = panel_read_some(panel);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) {
                panel_return(panel);
            }
            return;
        }
        panel->in_size += (size_t)got;
        panel_take_bytes(panel);
    } while (panel->connected && panel->ssl != NULL && SSL_has_pending(panel->ssl));
}

static void
panel_served(struct dc09_panel *panel)
{
    panel->connected = true;
    (void)uv_poll_start(panel->poll, UV_READABLE, panel_on_poll);
    for (unsigned i = 0; i < panel->load->options->window; i++) {
        if (panel->places[i].sequence != 0) {
            panel_put_alarm(panel, &panel->places[i]);
        }
    }
    panel_fill(panel);
}

static void
panel_shake(struct dc09_panel *panel)
{
    int done = SSL_connect(panel->ssl);
    if (done == 1) {
        panel_served(panel);
        return;
    }
    int why = SSL_get_error(panel->ssl, done);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        (void)uv_poll_start(panel->poll, UV_READABLE, panel_on_poll);
    } else {
        panel_disconnect(panel);
    }
}

static void
panel_on_poll(uv_poll_t *handle, int status, int events)
{
    struct dc09_panel *panel = handle->data;
    if (panel->poll != handle) {
        return;
    }
    if (status < 0) {
        panel_return(panel);
        return;
    }
    if (!panel->connected) {
        panel_shake(panel);
        return;
    }
    if ((events & UV_WRITABLE) != 0) {
        (void)uv_poll_start(panel->poll, UV_READABLE, panel_on_poll);
        panel_write(panel);
    }
    if ((events & UV_READABLE) != 0 && panel->connected) {
        panel_read(panel);
    }
}

static bool
panel_open_socket(struct dc09_panel *panel)
{
    const struct dc09_options *options = panel->load->options;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    int on = 1;
    if (inet_pton(AF_INET, options->host, &to.sin_addr) != 1) {
        return false;
    }
    from.sin_addr.s_addr = htonl(0x7F000001u + panel->index % options->sources);
    int type = (options->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
    panel->fd = socket(AF_INET, type, 0);
    if (panel->fd < 0 || bind(panel->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(panel->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        return false;
    }
    (void)setsockopt(panel->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    panel->poll = malloc(sizeof *panel->poll);
    if (panel->poll == NULL || uv_poll_init(panel->load->loop, panel->poll, panel->fd) != 0) {
        free(panel->poll);
        panel->poll = NULL;
        return false;
    }
    panel->poll->data = panel;
    return true;
}

static bool
panel_connect(struct dc09_panel *panel)
{
    if (!panel_open_socket(panel)) {
        panel_disconnect(panel);
        return false;
    }
    if (panel->load->tls == NULL) {
        panel_served(panel);
        return true;
    }
    panel->ssl = SSL_new(panel->load->tls);
    if (panel->ssl == NULL || SSL_set_fd(panel->ssl, panel->fd) != 1) {
        panel_disconnect(panel);
        return false;
    }
    panel_shake(panel);
    return true;
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
    if (!panel_connect(panel)) {
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
        (void)panel_connect(panel);
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
    panel_write(panel);
}

unsigned
dc09_panel_owed(const struct dc09_panel *panel)
{
    return panel->owed;
}

void
dc09_panel_close(struct dc09_panel *panel)
{
    panel_disconnect(panel);
}
