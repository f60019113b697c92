/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties over seeded random input: where the network cuts a stream changes nothing; no bytes at
 * all make any part of the codec misbehave (run with sanitizers).
 */
#include "test_dc09_support.h"

#include "intake/dc09_clock.h"
#include "intake/dc09_explain.h"

#include <stdlib.h>

#define STREAM_MAX 65536

/* splitmix64: small, seeded, the same everywhere. */
static uint64_t
draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static unsigned
below(uint64_t *state, unsigned limit)
{
    return (unsigned)(draw(state) % limit);
}

/* One valid frame of a random kind. */
static size_t
random_frame(uint64_t *state, struct dc09_cipher *cipher, uint8_t *out, size_t room)
{
    static const char *const tokens[] = {"SIA-DCS", "ADM-CID", "NULL"};
    static const char *const data[][4] = {
        {"#A10001|Nri1/PA001", "|Nri01/HA7^\"bed\"\nroom^", "Nri1CL0^VX FRONTE ^",
         "#A10001|NRR|Ax"},
        {"#A10001|1120 01 001", "|3130 02 017", "1234|6301 00 000", "#A10001|1999 01 001"},
        {"", "#0000|0000 00 000", "", ""}};
    static const char *const xdata[] = {"", "[X003W10.7454][Y51N28.8949]", "[RK\xFC\x80][Iw\x0A]",
                                        "[K1][][H11:59:30,11-22-2026] [Q\"]"};
    static const char *const heads[] = {"L0#A10001", "R1L2#A10001", "L#A10001", "#A10001"};
    unsigned kind = below(state, 3);
    unsigned key = below(state, 4);
    struct dc09_outgoing outgoing = {.token = tokens[kind],
                                     .binary_crc = below(state, 2) == 0,
                                     .sequence = below(state, 10000),
                                     .head = support_view(heads[below(state, 4)]),
                                     .data = support_view(data[kind][below(state, 4)]),
                                     .xdata = support_view(xdata[below(state, 4)]),
                                     .timed = key > 0 || below(state, 2) == 0,
                                     .time_us =
                                         (int64_t)(draw(state) % UINT64_C(4000000000)) * 1000000,
                                     .cipher = key == 0 ? NULL : cipher,
                                     .key = SUPPORT_KEY,
                                     .key_size = 8 + 8 * (size_t)key,
                                     .bar = below(state, 2) == 0};

    size_t size = dc09_encode(&outgoing, out, room);
    cr_assert_gt(size, 0u);
    return size;
}

/* What may lie between frames: line ends, words of a modem, bytes of any value, the start of a
 * frame that never came. Returns its size; *ret_plain: it holds nothing that looks like a frame. */
static size_t
random_gap(uint64_t *state, uint8_t *out, bool *ret_plain)
{
    static const char *const gaps[] = {
        "",   "",    "",     "junk",       "\r",   "\r\r",       "\n\r",     "xyz\r",
        "\n", "\n0", "\r\n", "\nB472002A", "\nB4", "\n\x0A\x0D", "\n01230F", "\nB4720FFF\"SIA"};
    unsigned kind = below(state, 18);
    const char *gap = kind < 16 ? gaps[kind] : "";
    size_t size = strlen(gap);

    memcpy(out, gap, size);
    while (kind >= 16 && size < 20) {
        out[size++] = (uint8_t)draw(state);
    }
    *ret_plain = kind < 8;
    if (kind < 8 && below(state, 4) == 0) {
        out[size++] = 0;
    }
    return size;
}

/* A digest of every message found in order, and their count. */
struct digest
{
    uint64_t hash;
    unsigned frames;
    unsigned bad;
    uint64_t damages; /* of the bad ones, in order */
};

static void
digest_value(struct digest *digest, uint64_t value)
{
    digest->hash = (digest->hash ^ value) * UINT64_C(0x100000001B3);
}

static void
digest_text(struct digest *digest, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        digest_value(digest, (uint8_t)text[i]);
    }
    digest_value(digest, size);
}

static void
digest_add(struct digest *digest, const struct dc09_frame *found, struct dc09_cipher *cipher)
{
    static uint8_t scratch[DC09_SCRATCH_SIZE];
    static struct dc09_message message;
    struct dc09_signal signal;

    digest->frames += 1;
    cr_assert_eq(dc09_decode(found, &message), ERROR_NONE);
    for (size_t size = 16; message.encrypted && !message.opened && size <= 32; size += 8) {
        (void)!dc09_decrypt(cipher, SUPPORT_KEY, size, scratch, &message);
    }
    cr_assert(message.opened);
    dc09_interpret(&message, &signal);
    uint64_t values[] = {(uint64_t)message.token,
                         message.sequence,
                         (uint64_t)message.time_us,
                         (uint64_t)dc09_device_time_us(&message),
                         (uint64_t)signal.kind,
                         (uint64_t)signal.class_hint,
                         signal.restore,
                         signal.silent,
                         signal.events,
                         message.xdata_count,
                         message.oddities,
                         message.binary_crc};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        digest_value(digest, values[i]);
    }
    digest_text(digest, message.head.data, message.head.size);
    digest_text(digest, signal.code, strlen(signal.code));
    digest_text(digest, signal.zone, strlen(signal.zone));
    digest_text(digest, signal.text, strlen(signal.text));
    digest_text(digest, (const char *)found->raw, found->raw_size);
}

/* One frame by itself, as a stream of its own. */
static void
digest_alone(struct digest *digest, const uint8_t *bytes, size_t size, struct dc09_cipher *cipher)
{
    struct dc09_frame found;
    size_t at = 0;

    cr_assert_eq(dc09_framer_next(bytes, size, &at, &found), DC09_SCAN_FRAME);
    cr_assert_eq(at, size);
    digest_add(digest, &found, cipher);
}

/* Feeds the stream in pieces of random size up to `piece_max` through a buffer of FRAME_MAX. */
static struct digest
read_stream(const uint8_t *stream, size_t size, uint64_t *state, unsigned piece_max,
            struct dc09_cipher *cipher)
{
    static uint8_t kept[DC09_FRAME_MAX];
    struct digest digest = {0};
    size_t used = 0;
    size_t from = 0;

    while (from < size) {
        size_t piece = 1 + below(state, piece_max);
        size_t room = sizeof(kept) - used;
        cr_assert_gt(room, 0u, "the rest never fills the buffer");
        piece = piece > room ? room : piece;
        piece = piece > size - from ? size - from : piece;
        memcpy(kept + used, stream + from, piece);
        used += piece;
        from += piece;

        struct dc09_frame found;
        enum dc09_scan scan;
        size_t at = 0;
        while ((scan = dc09_framer_next(kept, used, &at, &found)) != DC09_SCAN_MORE) {
            if (scan == DC09_SCAN_FRAME) {
                digest_add(&digest, &found, cipher);
            } else {
                digest.bad += 1;
                digest.damages = digest.damages * 31 + found.damage;
            }
        }
        memmove(kept, kept + at, used - at);
        used -= at;
    }
    return digest;
}

Test(dc09_property, any_valid_frames_cut_anywhere_give_the_same_signals, .timeout = 110)
{
    static uint8_t stream[STREAM_MAX];
    uint64_t state = 2026;
    struct dc09_cipher *cipher = NULL;

    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    dc09_cipher_set_pad(cipher, SUPPORT_PAD); /* the same bytes in every run */
    for (int round = 0; round < 300; round++) {
        unsigned frames = 1 + below(&state, 40);
        bool plain = true;
        struct digest alone = {0};
        size_t size = 0;
        for (unsigned i = 0; i < frames; i++) {
            bool gap_is_plain = true;
            size_t frame = random_frame(&state, cipher, stream + size, sizeof(stream) - size);
            digest_alone(&alone, stream + size, frame, cipher);
            size += frame;
            size += random_gap(&state, stream + size, &gap_is_plain);
            plain = plain && gap_is_plain;
        }
        struct digest whole = read_stream(stream, size, &state, 4096, cipher);
        struct digest bytes = read_stream(stream, size, &state, 1, cipher);
        struct digest cut = read_stream(stream, size, &state, 1 + below(&state, 200), cipher);
        cr_assert_eq(whole.frames, frames);
        cr_assert(whole.bad == 0 || !plain);
        cr_assert_eq(whole.hash, alone.hash, "round %d: each frame as if it were alone", round);
        cr_assert(bytes.hash == whole.hash && cut.hash == whole.hash, "round %d", round);
        cr_assert(bytes.bad == whole.bad && cut.bad == whole.bad, "round %d", round);
        cr_assert(bytes.damages == whole.damages && cut.damages == whole.damages);
    }
    dc09_cipher_free(cipher);
}

/* Damages one byte of some frames; every other frame must still be found, whatever the cuts. In
 * clear text, whose bytes are the same in every run: among damaged bytes of any value one in 65,536
 * has a right CRC by chance. */
Test(dc09_property, damaged_frames_never_take_a_good_one_with_them)
{
    static uint8_t stream[STREAM_MAX];
    uint64_t state = 77;
    struct dc09_cipher *cipher = NULL;

    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    for (int round = 0; round < 300; round++) {
        unsigned good = 0;
        size_t size = 0;
        for (unsigned i = 0; i < 30; i++) {
            size_t start = size;
            size += random_frame(&state, NULL, stream + size, sizeof(stream) - size);
            if (below(&state, 3) == 0) {
                /* Cut short, or one bit of what the CRC covers turned: found with certainty. */
                size = below(&state, 2) == 0 ? start + 12 + below(&state, 8) : size;
                stream[size - 2] ^= (uint8_t)(1u << below(&state, 3));
            } else {
                good += 1;
            }
        }
        struct digest whole = read_stream(stream, size, &state, 4096, cipher);
        struct digest bytes = read_stream(stream, size, &state, 1, cipher);
        cr_assert_eq(whole.frames, good, "round %d", round);
        cr_assert(bytes.hash == whole.hash && bytes.damages == whole.damages, "round %d", round);
    }
    dc09_cipher_free(cipher);
}

/* Everything that can be asked of a frame, whatever it holds. */
static void
use_frame(const struct dc09_frame *found, struct dc09_cipher *cipher)
{
    static uint8_t scratch[DC09_SCRATCH_SIZE];
    static struct dc09_message message;
    struct dc09_signal signal;
    struct dc09_position position;
    struct dc09_clock_policy policy = dc09_clock_default();
    uint8_t reply[DC09_REPLY_MAX];

    bool decoded = dc09_decode(found, &message) == ERROR_NONE;
    if (decoded && message.encrypted) {
        (void)!dc09_decrypt(cipher, SUPPORT_KEY, 16, scratch, &message);
    }
    dc09_interpret(&message, &signal);
    cr_assert_lt((unsigned)strlen(signal.text), (unsigned)LIMIT_TEXT);
    dc09_interpret_unreadable(&message, &signal);
    (void)dc09_xdata_position(&message, &position);
    (void)dc09_device_time_us(&message);
    (void)dc09_clock_judge(&policy, &message, SUPPORT_NOON, false);
    struct dc09_echo echo = dc09_echo_of(&message);
    cr_assert_gt(dc09_encode_duh(&echo, reply, sizeof(reply)), 0u);
    cr_assert_gt(
        dc09_encode_ack(&echo, cipher, SUPPORT_KEY, 16, SUPPORT_NOON, reply, sizeof(reply)), 0u);
}

/* Bytes of a frame's own alphabet reach further than bytes of any value. */
static uint8_t
hostile_byte(uint64_t *state)
{
    static const char alphabet[] = "\n\r\"*[]|#^/_'0123456789ABCDEFLRNXYIPHOri: ,-.";

    return below(state, 4) == 0 ? (uint8_t)draw(state)
                                : (uint8_t)alphabet[below(state, sizeof(alphabet))];
}

Test(dc09_property, hostile_bytes_never_break_the_framer_or_what_stands_behind_it, .timeout = 110)
{
    uint64_t state = 4711;
    struct dc09_cipher *cipher = NULL;

    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    for (int i = 0; i < 100000; i++) {
        /* Exactly as large as the bytes are, so that a sanitizer sees one step too far. */
        size_t size = below(&state, 200);
        uint8_t *bytes = malloc(size == 0 ? 1 : size);
        struct dc09_frame found;
        enum dc09_scan scan;
        size_t at = 0;

        cr_assert_not_null(bytes);
        for (size_t b = 0; b < size; b++) {
            bytes[b] = hostile_byte(&state);
        }
        while ((scan = dc09_framer_next(bytes, size, &at, &found)) != DC09_SCAN_MORE) {
            cr_assert_leq(at, size);
            if (found.body != NULL) {
                use_frame(&found, cipher);
            }
        }
        struct dc09_frame bare = {.body = bytes, .body_size = size};
        use_frame(&bare, cipher);
        free(bytes);
    }
    dc09_cipher_free(cipher);
}

Test(dc09_property, frames_with_one_byte_changed_never_break_anything, .timeout = 110)
{
    uint64_t state = 815;
    struct dc09_cipher *cipher = NULL;
    FILE *nowhere = fopen("/dev/null", "w");
    uint8_t bytes[DC09_FRAME_MAX];

    cr_assert_not_null(nowhere);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    for (int i = 0; i < 100000; i++) {
        size_t size = random_frame(&state, cipher, bytes, sizeof(bytes));
        bytes[below(&state, (unsigned)size)] = hostile_byte(&state);
        uint8_t *copy = malloc(size);
        cr_assert_not_null(copy);
        memcpy(copy, bytes, size);
        size_t start = copy[7] == '"' ? 7 : 9;
        struct dc09_frame bare = {.body = copy + start, .body_size = size - start - 1};
        use_frame(&bare, cipher);
        if (i % 16 == 0) {
            (void)dc09_explain(nowhere, copy, size, SUPPORT_KEY, 16);
        }
        free(copy);
    }
    dc09_cipher_free(cipher);
    (void)fclose(nowhere);
}
