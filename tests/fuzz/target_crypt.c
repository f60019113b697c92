/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decryptor. The first byte of the input chooses how the rest is used (bits 0 and 1), the size
 * of the key (bits 2 and 3) and whether the first 32 bytes of the rest are the key (bit 4):
 *
 *     0  the characters of the ciphertext      1  the bytes of the ciphertext
 *     2  the plain text, padding included      3  the data of a frame encrypted as a panel does
 *
 * Promises: a key that does not open leaves the message as it was; what opens lies in the scratch
 * and carries a timestamp or the account; an encrypted frame reads as the clear one does.
 */
#include "fuzz.h"

#include "intake/dc09_time.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "\"*SIA-DCS\"0001L0#A10001["
#define HEAD_SIZE (sizeof(HEAD) - 1)
#define HEX_MAX (2 * DC09_SCRATCH_SIZE)

struct key
{
    uint8_t bytes[32];
    size_t size;
};

/* Opens the ciphertext in a frame of account A10001 and checks what comes of it. */
static enum error
open_hex(const uint8_t *hex, size_t hex_size, const struct key *key, struct dc09_message *ret)
{
    static uint8_t scratch[DC09_SCRATCH_SIZE];
    size_t size = HEAD_SIZE + hex_size;
    uint8_t *body = malloc(size);
    struct dc09_frame frame = {.body = body, .body_size = size};

    FUZZ_CHECK(body != NULL);
    memcpy(body, HEAD, HEAD_SIZE);
    memcpy(body + HEAD_SIZE, hex, hex_size);
    FUZZ_CHECK(dc09_decode(&frame, ret) == ERROR_NONE && !ret->opened);
    struct dc09_message before;
    memcpy(&before, ret, sizeof(before));
    enum error error = dc09_decrypt(fuzz_cipher(), key->bytes, key->size, scratch, ret);
    if (error == ERROR_NONE) {
        fuzz_check_message(ret, body, size, scratch, sizeof(scratch));
        bool timed = dc09_time_has_form(ret->time_text.data, ret->time_text.size);
        bool named = fuzz_same(ret->account, fuzz_view("A10001")) && ret->data_account.size == 6;
        FUZZ_CHECK(ret->opened && (timed || named));
    } else {
        FUZZ_CHECK(error == ERROR_DECRYPT);
        FUZZ_CHECK(memcmp(&before, ret, sizeof(before)) == 0);
    }
    free(body);
    return error;
}

static void
try_bytes(const uint8_t *bytes, size_t size, const struct key *key)
{
    static uint8_t hex[HEX_MAX];
    struct dc09_message message;

    size = size > DC09_SCRATCH_SIZE ? DC09_SCRATCH_SIZE : size;
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = (uint8_t) "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = (uint8_t) "0123456789ABCDEF"[bytes[i] & 15];
    }
    (void)!open_hex(hex, 2 * size, key, &message);
}

/* Whole blocks of any plain text: the first is given to the encoder as its padding. */
static void
try_plain(const uint8_t *plain, size_t size, const struct key *key)
{
    static uint8_t hex[HEX_MAX];
    struct dc09_cipher *cipher = fuzz_cipher();
    struct dc09_message message;
    bool delimited = false;

    size -= size % 16;
    if (size < 16 || size > DC09_SCRATCH_SIZE) {
        return;
    }
    dc09_cipher_set_pad(cipher, (const char *)plain);
    size_t written = dc09_encrypt(cipher, key->bytes, key->size, (const char *)plain + 16,
                                  size - 16, hex, sizeof(hex));
    dc09_cipher_set_pad(cipher, "PADPADPADPADPADP");
    FUZZ_CHECK(written == 2 * size);
    enum error error = open_hex(hex, written, key, &message);
    for (size_t i = 0; i < 18 && i < size; i++) {
        delimited = delimited || plain[i] == '|' || plain[i] == ']';
    }
    FUZZ_CHECK(delimited || error == ERROR_DECRYPT);
}

/* The same data encrypted and in clear text. */
static void
try_frame(const uint8_t *rest, size_t size, const struct key *key)
{
    static char data[1024] = "#A10001|";
    static uint8_t bytes[DC09_FRAME_MAX];
    struct dc09_message clear = {.account = fuzz_view("A10001")};
    struct dc09_message message;

    size = size > 900 ? 900 : size;
    memcpy(data + 8, rest, size);
    struct dc09_outgoing outgoing = {.token = "SIA-DCS",
                                     .sequence = 1,
                                     .head = fuzz_view("L0#A10001"),
                                     .data = {data, 8 + size},
                                     .timed = true,
                                     .time_us = FUZZ_NOON,
                                     .cipher = fuzz_cipher(),
                                     .key = key->bytes,
                                     .key_size = key->size};
    size_t written = dc09_encode(&outgoing, bytes, sizeof(bytes));
    FUZZ_CHECK(written > 9 + HEAD_SIZE + 1);
    const uint8_t *hex = bytes + 9 + HEAD_SIZE;
    FUZZ_CHECK(memcmp(bytes + 9, HEAD, HEAD_SIZE) == 0);
    FUZZ_CHECK(open_hex(hex, written - 9 - HEAD_SIZE - 1, key, &message) == ERROR_NONE);
    memcpy(data + 8 + size, "]_12:00:00,11-22-2026", 21);
    dc09_decode_block(&clear, data, 8 + size + 21);
    fuzz_check_same_block(&message, &clear);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key key = {.size = 16};
    struct dc09_message message;

    if (size < 1) {
        return 0;
    }
    unsigned mode = data[0];
    size_t at = 1;
    key.size += 8 * (size_t)((mode >> 2 & 3) % 3);
    memcpy(key.bytes, fuzz_key(), sizeof(key.bytes));
    if ((mode & 16) != 0 && size >= 1 + sizeof(key.bytes)) {
        memcpy(key.bytes, data + 1, sizeof(key.bytes));
        at += sizeof(key.bytes);
    }
    uint8_t *rest = fuzz_copy(data + at, size - at);
    switch (mode & 3) {
        case 0:
            (void)!open_hex(rest, size - at, &key, &message);
            break;
        case 1:
            try_bytes(rest, size - at, &key);
            break;
        case 2:
            try_plain(rest, size - at, &key);
            break;
        default:
            try_frame(rest, size - at, &key);
            break;
    }
    free(rest);
    return 0;
}
