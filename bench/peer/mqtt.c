/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT 3.1.1, as much as a publisher and a subscriber with QoS 1 need (OASIS standard, part 3). */
#include "peer.h"

#include <stdio.h>
#include <string.h>

#define MQTT_CONNACK 0x20
#define MQTT_PUBLISH 0x30
#define MQTT_PUBACK 0x40
#define MQTT_SUBACK 0x90
#define MQTT_PINGRESP 0xD0

static void
mqtt_be16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

/* Fixed header; every message of ours is below 16,384 bytes. */
static size_t
mqtt_head(uint8_t type, size_t rest, uint8_t *to)
{
    to[0] = type;
    if (rest < 128) {
        to[1] = (uint8_t)rest;
        return 2;
    }
    to[1] = (uint8_t)(rest % 128 | 0x80);
    to[2] = (uint8_t)(rest / 128);
    return 3;
}

static size_t
mqtt_connect(const char *name, bool clean, uint8_t *to, size_t room)
{
    static const uint8_t fixed[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
    size_t length = strlen(name);
    size_t rest = sizeof fixed + 3 + 2 + length;
    if (rest + 3 > room) {
        return 0;
    }
    size_t at = mqtt_head(0x10, rest, to);
    memcpy(to + at, fixed, sizeof fixed);
    at += sizeof fixed;
    to[at] = clean ? 0x02 : 0x00;
    mqtt_be16(to + at + 1, 0); /* no keep-alive */
    mqtt_be16(to + at + 3, (unsigned)length);
    memcpy(to + at + 5, name, length);
    return at + 5 + length;
}

size_t
peer_mqtt_subscribe(uint8_t *to, size_t room)
{
    static const uint8_t packet[] = {0x82, 12, 0, 1, 0, 7, 'a', 'l', 'a', 'r', 'm', '/', '#', 1};
    if (room < sizeof packet) {
        return 0;
    }
    memcpy(to, packet, sizeof packet);
    return sizeof packet;
}

/* The next whole packet: its body, or false. */
static bool
mqtt_next(const uint8_t *bytes, size_t size, size_t *at, const uint8_t **ret_body, size_t *ret_size)
{
    size_t rest = 0;
    size_t head = 1;
    for (unsigned shift = 0; shift <= 21; shift += 7) {
        if (*at + head >= size) {
            return false;
        }
        uint8_t byte = bytes[*at + head];
        head += 1;
        rest |= (size_t)(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) {
            break;
        }
    }
    if (size - *at < head + rest) {
        return false;
    }
    *ret_body = bytes + *at + head;
    *ret_size = rest;
    *at += head + rest;
    return true;
}

bool
peer_mqtt_packet(const uint8_t *bytes, size_t size, size_t *at, bool *ret_publish,
                 uint16_t *ret_puback)
{
    const uint8_t *body;
    size_t rest;
    uint8_t type = *at < size ? bytes[*at] : 0;
    if (!mqtt_next(bytes, size, at, &body, &rest)) {
        return false;
    }
    *ret_publish = (type & 0xF0) == MQTT_PUBLISH;
    *ret_puback = 0;
    if (*ret_publish && (type & 0x06) == 0x02 && rest >= 2) {
        size_t topic = (size_t)body[0] << 8 | body[1];
        if (rest >= topic + 4) {
            *ret_puback = (uint16_t)(body[topic + 2] << 8 | body[topic + 3]);
        }
    }
    return true;
}

static size_t
mqtt_greet(unsigned link, uint64_t boot_id, uint8_t *to, size_t room)
{
    char name[32];
    (void)boot_id;
    (void)snprintf(name, sizeof name, "unit-%06u", link);
    return mqtt_connect(name, true, to, room);
}

static size_t
mqtt_request(unsigned link, uint64_t boot_id, uint64_t sequence, uint8_t *to, size_t room)
{
    uint8_t press[PEER_MESSAGE_MAX];
    char topic[32];
    size_t size = peer_native.request(link, boot_id, sequence, press, sizeof press);
    (void)snprintf(topic, sizeof topic, "alarm/%06u", link);
    size_t length = strlen(topic);
    size_t rest = 2 + length + 2 + size;
    if (rest + 3 > room) {
        return 0;
    }
    size_t at = mqtt_head(0x32, rest, to);
    mqtt_be16(to + at, (unsigned)length);
    memcpy(to + at + 2, topic, length);
    mqtt_be16(to + at + 2 + length, (unsigned)(sequence % 65535 + 1));
    memcpy(to + at + 4 + length, press, size);
    return at + rest;
}

static size_t
mqtt_touch(uint8_t *to, size_t room)
{
    return room < 2 ? 0 : mqtt_head(0xC0, 0, to); /* PINGREQ */
}

static enum peer_answer
mqtt_answer(const uint8_t *bytes, size_t size, size_t *at, uint64_t *ret_sequence)
{
    (void)ret_sequence; /* mosquitto acknowledges in order */
    const uint8_t *body;
    size_t rest;
    uint8_t type = *at < size ? bytes[*at] : 0;
    if (!mqtt_next(bytes, size, at, &body, &rest)) {
        return PEER_PARTIAL;
    }
    switch (type) {
        case MQTT_CONNACK:
            return rest == 2 && body[1] == 0 ? PEER_ANSWER : PEER_BROKEN;
        case MQTT_PUBACK:
        case MQTT_SUBACK:
        case MQTT_PINGRESP:
            return PEER_ANSWER;
        default:
            return PEER_BROKEN;
    }
}

const struct peer_protocol peer_mqtt = {
    .name = "mqtt",
    .greet = mqtt_greet,
    .request = mqtt_request,
    .touch = mqtt_touch,
    .answer = mqtt_answer,
};

/* A session that outlives its connection: what arrives while nobody is there is kept for it. */
static size_t
mqtt_greet_subscriber(unsigned link, uint64_t boot_id, uint8_t *to, size_t room)
{
    (void)link;
    (void)boot_id;
    return mqtt_connect("console", false, to, room);
}

const struct peer_protocol peer_mqtt_subscriber = {
    .name = "mqtt-subscriber",
    .greet = mqtt_greet_subscriber,
    .request = mqtt_request,
    .touch = mqtt_touch,
    .answer = mqtt_answer,
};
