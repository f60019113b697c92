/* SPDX-License-Identifier: Apache-2.0 */
/* The one whom mosquitto delivers to: QoS 1, every message acknowledged and counted. */
#include "peer.h"

#include <stdio.h>

static void
subscribe_on_up(struct peer_link *link)
{
    uint8_t packet[64];
    (void)peer_link_put(link, packet, peer_mqtt_subscribe(packet, sizeof packet));
}

static size_t
subscribe_on_bytes(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    struct peer_thread *thread = link->thread;
    size_t at = 0;
    bool publish = false;
    uint16_t number = 0;
    while (link->state == PEER_UP && peer_mqtt_packet(bytes, size, &at, &publish, &number)) {
        if (!publish && !thread->running) {
            thread->running = true; /* SUBACK */
            printf("{\"event\":\"up\",\"links\":1}\n");
            (void)fflush(stdout);
        }
        thread->answered += publish ? 1 : 0;
        if (number != 0) {
            uint8_t answer[4] = {0x40, 2, (uint8_t)(number >> 8), (uint8_t)number};
            (void)peer_link_put(link, answer, sizeof answer);
        }
    }
    return at;
}

static const struct peer_events subscribe_events = {
    .on_up = subscribe_on_up,
    .on_bytes = subscribe_on_bytes,
};

/* Any line asks how many there were; the end of stdin ends it. */
static void
subscribe_on_line(struct peer_thread *thread, const char *line)
{
    printf("{\"event\":\"%s\",\"received\":%llu,\"lost\":%llu}\n", line == NULL ? "done" : "count",
           (unsigned long long)thread->answered, (unsigned long long)thread->lost);
    (void)fflush(stdout);
    if (line == NULL) {
        thread->over = true;
        uv_stop(&thread->loop);
    }
}

void
peer_run_subscribe(struct peer_thread *thread)
{
    thread->events = &subscribe_events;
    peer_wait_up(thread);
    peer_watch_input(thread, subscribe_on_line);
    (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
}
