/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_encode.h"

#include "intake/dc09_time.h"

#include <string.h>

/* Text that grows, with a sticky error. */
struct writer
{
    char *to;
    size_t room;
    size_t used;
    bool full;
};

static void
put(struct writer *writer, const char *text, size_t size)
{
    if (writer->full || size > writer->room - writer->used) {
        writer->full = true;
        return;
    }
    if (size > 0) {
        memcpy(writer->to + writer->used, text, size);
        writer->used += size;
    }
}

static void
put_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void
put_digits(struct writer *writer, unsigned value, unsigned base, size_t count)
{
    char text[8];

    for (size_t i = count; i > 0; i--) {
        text[i - 1] = "0123456789ABCDEF"[value % base];
        value /= base;
    }
    put(writer, text, count);
}

/* What stands after the opening bracket: data, its closing bracket, xdata, timestamp. */
static void
put_block(struct writer *writer, const struct dc09_outgoing *outgoing)
{
    char time[DC09_TIME_SIZE + 1];

    put(writer, outgoing->data.data, outgoing->data.size);
    put_text(writer, "]");
    put(writer, outgoing->xdata.data, outgoing->xdata.size);
    if (outgoing->timed) {
        put_text(writer, "_");
        put_text(writer, dc09_time_format(outgoing->time_us, time));
    }
}

static void
put_encrypted_block(struct writer *writer, const struct dc09_outgoing *outgoing)
{
    char plain[DC09_SCRATCH_SIZE - 16];
    struct writer inner = {.to = plain, .room = sizeof(plain)};

    put_text(&inner, outgoing->bar || outgoing->data.size > 0 ? "|" : "");
    put_block(&inner, outgoing);
    size_t written = inner.full
                         ? 0
                         : dc09_encrypt(outgoing->cipher, outgoing->key, outgoing->key_size, plain,
                                        inner.used, (uint8_t *)writer->to + writer->used,
                                        writer->full ? 0 : writer->room - writer->used);
    writer->used += written;
    writer->full = writer->full || written == 0;
}

static void
put_body(struct writer *writer, const struct dc09_outgoing *outgoing)
{
    put_text(writer, outgoing->cipher == NULL ? "\"" : "\"*");
    put_text(writer, outgoing->token);
    put_text(writer, "\"");
    put_digits(writer, outgoing->sequence, 10, 4);
    put(writer, outgoing->head.data, outgoing->head.size);
    put_text(writer, "[");
    if (outgoing->cipher == NULL) {
        put_block(writer, outgoing);
    } else {
        put_encrypted_block(writer, outgoing);
    }
}

size_t
dc09_encode(const struct dc09_outgoing *outgoing, uint8_t *out, size_t room)
{
    size_t header_size = outgoing->binary_crc ? 7 : 9;

    if (room < header_size + 1) {
        return 0;
    }
    size_t body_room = room - header_size - 1;
    struct writer body = {.to = (char *)out + header_size,
                          .room = body_room < LIMIT_DC09_FRAME ? body_room : LIMIT_DC09_FRAME};
    put_body(&body, outgoing);
    if (body.full) {
        return 0;
    }
    uint16_t crc = dc09_crc16(body.to, body.used);
    struct writer header = {.to = (char *)out, .room = header_size};
    put_text(&header, "\n");
    if (outgoing->binary_crc) {
        const char bytes[2] = {(char)(crc >> 8), (char)(crc & 0xFF)};
        put(&header, bytes, 2);
    } else {
        put_digits(&header, crc, 16, 4);
    }
    put_digits(&header, (unsigned)body.used, 16, 4);
    out[header_size + body.used] = '\r';
    return header_size + body.used + 1;
}
