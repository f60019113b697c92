/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <string.h>

struct dc09_cipher *
fuzz_cipher(void)
{
    static struct dc09_cipher *cipher;

    if (cipher == NULL) {
        FUZZ_CHECK(dc09_cipher_create(&cipher) == ERROR_NONE);
        dc09_cipher_set_pad(cipher, "PADPADPADPADPADP");
    }
    return cipher;
}

const uint8_t *
fuzz_key(void)
{
    static const char key[] = "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"
                              "\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2A\x2B\x2C\x2D\x2E\x2F";
    return (const uint8_t *)key;
}

struct dc09_view
fuzz_view(const char *text)
{
    return (struct dc09_view){text, strlen(text)};
}

bool
fuzz_same(struct dc09_view one, struct dc09_view other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

void
fuzz_check_inside(struct dc09_view view, const void *bytes, size_t size)
{
    const char *from = bytes;

    if (view.size == 0) {
        return;
    }
    FUZZ_CHECK(view.data >= from);
    FUZZ_CHECK(view.size <= size);
    FUZZ_CHECK((size_t)(view.data - from) <= size - view.size);
}

void
fuzz_check_message(const struct dc09_message *message, const void *bytes, size_t size,
                   const void *inner, size_t inner_size)
{
    const void *block = inner != NULL ? inner : bytes;
    size_t block_size = inner != NULL ? inner_size : size;
    bool borrowed =
        message->account.size > 0 && message->account.data == message->data_account.data;

    fuzz_check_inside(message->token_text, bytes, size);
    fuzz_check_inside(message->head, bytes, size);
    fuzz_check_inside(message->receiver, bytes, size);
    fuzz_check_inside(message->prefix, bytes, size);
    fuzz_check_inside(message->ciphertext, bytes, size);
    fuzz_check_inside(message->account, borrowed ? block : bytes, borrowed ? block_size : size);
    fuzz_check_inside(message->data_account, block, block_size);
    fuzz_check_inside(message->payload, block, block_size);
    fuzz_check_inside(message->time_text, block, block_size);
    FUZZ_CHECK(message->token_text.size <= 15);
    FUZZ_CHECK(message->sequence <= 9999);
    FUZZ_CHECK(message->head.size <= DC09_HEAD_MAX);
    FUZZ_CHECK(message->account.size < LIMIT_ACCOUNT);
    FUZZ_CHECK(message->xdata_count <= DC09_XDATA_MAX);
    FUZZ_CHECK(message->time_text.size <= 19);
    FUZZ_CHECK((message->time_state == DC09_TIME_VALID) || message->time_us == 0);
    for (unsigned i = 0; i < message->xdata_count; i++) {
        fuzz_check_inside(message->xdata[i].value, block, block_size);
    }
}

void
fuzz_check_same_block(const struct dc09_message *one, const struct dc09_message *other)
{
    FUZZ_CHECK(fuzz_same(one->data_account, other->data_account));
    FUZZ_CHECK(fuzz_same(one->payload, other->payload));
    FUZZ_CHECK(fuzz_same(one->time_text, other->time_text));
    FUZZ_CHECK(one->time_state == other->time_state && one->time_us == other->time_us);
    FUZZ_CHECK(one->xdata_count == other->xdata_count);
    for (unsigned i = 0; i < one->xdata_count; i++) {
        FUZZ_CHECK(one->xdata[i].letter == other->xdata[i].letter);
        FUZZ_CHECK(fuzz_same(one->xdata[i].value, other->xdata[i].value));
    }
}

/* One answer: a good frame of its own with the token and, but for NAK, the echo. */
static void
check_reply(const uint8_t *reply, size_t size, const char *token, const struct dc09_message *to)
{
    struct dc09_frame frame;
    struct dc09_message answer;
    size_t at = 0;

    FUZZ_CHECK(size > 0 && size <= DC09_REPLY_MAX);
    FUZZ_CHECK(dc09_framer_next(reply, size, &at, &frame) == DC09_SCAN_FRAME);
    FUZZ_CHECK(at == size && frame.binary_crc == to->binary_crc);
    FUZZ_CHECK(reply[0] == '\n' && reply[size - 1] == '\r');
    FUZZ_CHECK(dc09_decode(&frame, &answer) == ERROR_NONE || strcmp(token, "NAK") == 0);
    FUZZ_CHECK(fuzz_same(answer.token_text, fuzz_view(token)));
    if (strcmp(token, "NAK") == 0) {
        FUZZ_CHECK(answer.sequence == 0 && !answer.encrypted);
        return;
    }
    FUZZ_CHECK(answer.sequence == to->sequence);
    FUZZ_CHECK(fuzz_same(answer.head, to->head));
    FUZZ_CHECK(answer.encrypted == (to->encrypted && strcmp(token, "ACK") == 0));
    if (answer.encrypted) {
        uint8_t scratch[DC09_SCRATCH_SIZE];
        FUZZ_CHECK(dc09_decrypt(fuzz_cipher(), fuzz_key(), 16, scratch, &answer) == ERROR_NONE);
        FUZZ_CHECK(answer.time_us == FUZZ_NOON && answer.payload.size == 0);
    }
}

void
fuzz_check_replies(const struct dc09_message *message)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = dc09_echo_of(message);

    size_t size =
        dc09_encode_ack(&echo, fuzz_cipher(), fuzz_key(), 16, FUZZ_NOON, reply, sizeof(reply));
    check_reply(reply, size, "ACK", message);
    size = dc09_encode_nak(&echo, FUZZ_NOON, reply, sizeof(reply));
    check_reply(reply, size, "NAK", message);
    size = dc09_encode_duh(&echo, reply, sizeof(reply));
    check_reply(reply, size, "DUH", message);
}

void
fuzz_check_events(const struct dc09_event *events, unsigned count, bool more,
                  struct dc09_view payload)
{
    FUZZ_CHECK(count >= 1 && count <= DC09_EVENTS_MAX);
    FUZZ_CHECK(!more || payload.size > count);
    for (unsigned i = 0; i < count; i++) {
        const struct dc09_event *event = &events[i];
        FUZZ_CHECK(strnlen(event->code, sizeof(event->code)) < sizeof(event->code));
        FUZZ_CHECK(event->class_hint <= PRIORITY_P5 && event->meaning.class_hint <= PRIORITY_P5);
        FUZZ_CHECK(event->meaning.subject != NULL && event->meaning.what != NULL);
        FUZZ_CHECK(event->meaning.known || event->meaning.kind == SIGNAL_UNKNOWN);
        fuzz_check_inside(event->area, payload.data, payload.size);
        fuzz_check_inside(event->zone, payload.data, payload.size);
        fuzz_check_inside(event->user, payload.data, payload.size);
        fuzz_check_inside(event->text, payload.data, payload.size);
    }
}

void
fuzz_check_signal(const struct dc09_signal *signal)
{
    fuzz_check_text(signal->code, sizeof(signal->code));
    fuzz_check_text(signal->zone, sizeof(signal->zone));
    fuzz_check_text(signal->text, sizeof(signal->text));
    FUZZ_CHECK(signal->code[0] != '\0');
    FUZZ_CHECK(signal->class_hint <= PRIORITY_P5);
    FUZZ_CHECK(signal->events >= 1 && signal->events <= DC09_EVENTS_MAX);
    FUZZ_CHECK(strcmp(signal_kind_text((int)signal->kind), signal_kind_text(-1)) != 0);
}
