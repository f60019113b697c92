/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The framer. The first byte of the input chooses: bit 0 repairs length and CRC of whatever looks
 * like a frame, so that good frames in strange company are reached; bit 1 puts a good frame between
 * two copies of the input; the rest seeds the cuts. Promises: what is found does not depend on the
 * cuts; every finding lies in the bytes; the scan moves on; the good frame is found.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define LF 0x0A
#define CR 0x0D
#define PRESS "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r"
#define PRESS_SIZE (sizeof(PRESS) - 1)

/* What a reader of the stream has seen, in order. */
struct digest
{
    uint64_t hash;
    size_t findings;
    size_t rest; /* bytes kept for more */
};

static void
digest_add(struct digest *digest, uint64_t value)
{
    digest->hash = (digest->hash ^ value) * UINT64_C(0x100000001B3);
}

static void
digest_frame(struct digest *digest, enum dc09_scan scan, const struct dc09_frame *frame)
{
    digest->findings += 1;
    digest_add(digest, (uint64_t)scan);
    digest_add(digest, (uint64_t)frame->damage);
    digest_add(digest, frame->length);
    digest_add(digest, frame->crc_said);
    digest_add(digest, frame->binary_crc);
    for (size_t i = 0; i < frame->body_size; i++) {
        digest_add(digest, frame->body[i]);
    }
}

static void
write_hex(uint8_t *to, unsigned value, int digits)
{
    for (int i = digits; i > 0; i--) {
        to[i - 1] = (uint8_t) "0123456789ABCDEF"[value & 15];
        value >>= 4;
    }
}

/* From back to front, so that a frame is whole although another was repaired inside it. */
static void
repair(uint8_t *bytes, size_t size)
{
    for (size_t i = size; i-- > 0;) {
        bool binary = i + 7 < size && bytes[i + 7] == '"';
        size_t start = i + (binary ? 7 : 9);
        if (bytes[i] != LF || start >= size || bytes[start] != '"') {
            continue;
        }
        const uint8_t *end = memchr(bytes + start, CR, size - start);
        size_t length = end == NULL ? size - start : (size_t)(end - bytes) - start;
        length = length > LIMIT_DC09_FRAME ? LIMIT_DC09_FRAME : length;
        unsigned crc = dc09_crc16(bytes + start, length);
        write_hex(bytes + start - 4, (unsigned)length, 4);
        if (binary) {
            bytes[i + 1] = (uint8_t)(crc >> 8);
            bytes[i + 2] = (uint8_t)crc;
        } else {
            write_hex(bytes + i + 1, crc, 4);
        }
    }
}

static void
check_finding(const uint8_t *bytes, size_t size, enum dc09_scan scan,
              const struct dc09_frame *frame)
{
    struct dc09_view raw = {(const char *)frame->raw, frame->raw_size};
    struct dc09_view body = {(const char *)frame->body, frame->body_size};

    fuzz_check_inside(raw, bytes, size);
    fuzz_check_inside(body, bytes, size);
    FUZZ_CHECK((scan == DC09_SCAN_FRAME) == (frame->damage == DC09_DAMAGE_NONE));
    FUZZ_CHECK((frame->body == NULL) == (frame->damage == DC09_DAMAGE_HEADER));
    FUZZ_CHECK(dc09_damage_text(frame->damage)[0] != '\0');
    FUZZ_CHECK(frame->body_size <= LIMIT_DC09_FRAME);
    if (frame->body != NULL) {
        fuzz_check_inside(body, raw.data, raw.size);
        FUZZ_CHECK(frame->body_size == 0 || frame->body[0] == '"');
    }
    if (scan == DC09_SCAN_FRAME) {
        FUZZ_CHECK(frame->body_size == frame->length);
        FUZZ_CHECK(dc09_crc16(frame->body, frame->body_size) == frame->crc_said);
        FUZZ_CHECK(memchr(frame->body, CR, frame->body_size) == NULL);
    }
}

/* The stream as one piece. *ret_press: was the good frame at `press` found, or did another good
 * frame, as a stream may hold, reach into it? */
static struct digest
read_whole(const uint8_t *bytes, size_t size, size_t press, bool *ret_press)
{
    struct digest digest = {0};
    struct dc09_frame frame;
    enum dc09_scan scan;
    size_t at = 0;
    size_t before = 0;

    while ((scan = dc09_framer_next(bytes, size, &at, &frame)) != DC09_SCAN_MORE) {
        FUZZ_CHECK(at > before && at <= size);
        before = at;
        check_finding(bytes, size, scan, &frame);
        digest_frame(&digest, scan, &frame);
        size_t start = (size_t)(frame.raw - bytes) - 1;
        *ret_press = *ret_press || (scan == DC09_SCAN_FRAME && start < press + PRESS_SIZE &&
                                    start + 1 + frame.raw_size > press);
    }
    digest.rest = size - at;
    FUZZ_CHECK(digest.rest < DC09_FRAME_MAX);
    return digest;
}

/* The stream in pieces of 1..piece_max bytes through a buffer of DC09_FRAME_MAX, as sessions do. */
static struct digest
read_cut(const uint8_t *bytes, size_t size, unsigned piece_max, unsigned seed)
{
    static uint8_t kept[DC09_FRAME_MAX];
    struct digest digest = {0};
    size_t used = 0;

    for (size_t from = 0; from < size;) {
        seed = seed * 1664525u + 1013904223u;
        size_t piece = 1 + (seed >> 16) % piece_max;
        piece = piece > sizeof(kept) - used ? sizeof(kept) - used : piece;
        piece = piece > size - from ? size - from : piece;
        FUZZ_CHECK(piece > 0);
        memcpy(kept + used, bytes + from, piece);
        used += piece;
        from += piece;

        struct dc09_frame frame;
        enum dc09_scan scan;
        size_t at = 0;
        while ((scan = dc09_framer_next(kept, used, &at, &frame)) != DC09_SCAN_MORE) {
            digest_frame(&digest, scan, &frame);
        }
        (void)dc09_framer_has_begun(kept + at, used - at);
        memmove(kept, kept + at, used - at);
        used -= at;
    }
    digest.rest = used;
    return digest;
}

static void
check_same(struct digest whole, struct digest cut)
{
    FUZZ_CHECK(cut.findings == whole.findings);
    FUZZ_CHECK(cut.hash == whole.hash);
    FUZZ_CHECK(cut.rest == whole.rest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    unsigned mode = data[0];
    size_t part = size - 1;
    bool sandwich = (mode & 2) != 0;
    size_t total = sandwich ? 2 * part + PRESS_SIZE : part;
    uint8_t *bytes = malloc(total == 0 ? 1 : total);
    bool press = !sandwich;

    FUZZ_CHECK(bytes != NULL);
    memcpy(bytes, data + 1, part);
    if ((mode & 1) != 0) {
        repair(bytes, part);
    }
    if (sandwich) {
        memcpy(bytes + part, PRESS, PRESS_SIZE);
        memcpy(bytes + part + PRESS_SIZE, bytes, part);
    }
    struct digest whole = read_whole(bytes, total, part, &press);
    FUZZ_CHECK(press);
    check_same(whole, read_cut(bytes, total, 1 + (mode >> 2), mode * 2654435761u));
    if (total <= 256) {
        check_same(whole, read_cut(bytes, total, 1, 0));
    }
    free(bytes);
    return 0;
}
