/* SPDX-License-Identifier: Apache-2.0 */
/* Redis: SET of one key a link to the bytes of a press. It stores a value and decides nothing. */
#include "peer.h"

#include <stdio.h>
#include <string.h>

static size_t
redis_text(const char *text, uint8_t *to, size_t room)
{
    size_t size = strlen(text);
    if (size > room) {
        return 0;
    }
    memcpy(to, text, size);
    return size;
}

static size_t
redis_touch(uint8_t *to, size_t room)
{
    return redis_text("*1\r\n$4\r\nPING\r\n", to, room);
}

static size_t
redis_greet(unsigned link, uint64_t boot_id, uint8_t *to, size_t room)
{
    (void)link;
    (void)boot_id;
    return redis_touch(to, room);
}

static size_t
redis_request(unsigned link, uint64_t boot_id, uint64_t sequence, uint8_t *to, size_t room)
{
    uint8_t press[PEER_MESSAGE_MAX];
    char head[80];
    size_t size = peer_native.request(link, boot_id, sequence, press, sizeof press);
    (void)snprintf(head, sizeof head, "*3\r\n$3\r\nSET\r\n$11\r\nunit:%06u\r\n$%zu\r\n",
                   link % 1000000u, size);
    size_t used = redis_text(head, to, room);
    if (used == 0 || used + size + 2 > room) {
        return 0;
    }
    memcpy(to + used, press, size);
    memcpy(to + used + size, "\r\n", 2);
    return used + size + 2;
}

static enum peer_answer
redis_answer(const uint8_t *bytes, size_t size, size_t *at, uint64_t *ret_sequence)
{
    (void)ret_sequence;
    const uint8_t *line = bytes + *at;
    const uint8_t *end = memchr(line, '\n', size - *at);
    if (end == NULL) {
        return PEER_PARTIAL;
    }
    *at += (size_t)(end - line) + 1;
    return line[0] == '+' ? PEER_ANSWER : line[0] == '-' ? PEER_REFUSED : PEER_BROKEN;
}

const struct peer_protocol peer_redis = {
    .name = "redis",
    .greet = redis_greet,
    .request = redis_request,
    .touch = redis_touch,
    .answer = redis_answer,
};
