/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_crypt.h"

#include "base/text.h"
#include "intake/dc09_chars.h"
#include "intake/dc09_time.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16
#define PAD_MAX 17 /* one known dialler adds a whole block and one more */
#define PAD_POOL 256

enum direction
{
    DECRYPT = 0,
    ENCRYPT = 1,
};

struct dc09_cipher
{
    EVP_CIPHER_CTX *contexts[3][2]; /* by key size and direction */
    const char *pad;                /* fixed padding for tests, or NULL */
    uint8_t pool[PAD_POOL];         /* random bytes not used yet */
    size_t pool_at;
};

static int
size_index(size_t key_size)
{
    switch (key_size) {
        case 16:
            return 0;
        case 24:
            return 1;
        case 32:
            return 2;
        default:
            return -1;
    }
}

static bool
prepare_context(EVP_CIPHER_CTX **context, const EVP_CIPHER *type, enum direction direction)
{
    *context = EVP_CIPHER_CTX_new();
    if (*context == NULL ||
        EVP_CipherInit_ex(*context, type, NULL, NULL, NULL, (int)direction) != 1) {
        return false;
    }
    /* stays over every later key; with padding on, run_blocks would miss the last block and fail */
    (void)EVP_CIPHER_CTX_set_padding(*context, 0);
    return true;
}

enum error
dc09_cipher_create(struct dc09_cipher **ret)
{
    const char *const names[3] = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
    struct dc09_cipher *cipher = calloc(1, sizeof(*cipher));
    bool good = cipher != NULL;

    for (int i = 0; good && i < 3; i++) {
        EVP_CIPHER *type = EVP_CIPHER_fetch(NULL, names[i], NULL);
        good = type != NULL && prepare_context(&cipher->contexts[i][DECRYPT], type, DECRYPT) &&
               prepare_context(&cipher->contexts[i][ENCRYPT], type, ENCRYPT);
        EVP_CIPHER_free(type); /* the contexts hold their own reference */
    }
    if (!good) {
        enum error error = cipher == NULL ? ERROR_MEMORY : ERROR_UNSUPPORTED;
        dc09_cipher_free(cipher);
        return error;
    }
    cipher->pool_at = PAD_POOL;
    *ret = cipher;
    return ERROR_NONE;
}

void
dc09_cipher_free(struct dc09_cipher *cipher)
{
    if (cipher == NULL) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        EVP_CIPHER_CTX_free(cipher->contexts[i][DECRYPT]);
        EVP_CIPHER_CTX_free(cipher->contexts[i][ENCRYPT]);
    }
    free(cipher);
}

void
dc09_cipher_set_pad(struct dc09_cipher *cipher, const char *pad)
{
    cipher->pad = pad;
}

/* Whole blocks, in place. */
static bool
run_blocks(struct dc09_cipher *cipher, enum direction direction, const uint8_t *key,
           size_t key_size, uint8_t *data, size_t size)
{
    static const uint8_t zeros[BLOCK];
    int index = size_index(key_size);
    int out = 0;

    if (index < 0) {
        return false;
    }
    EVP_CIPHER_CTX *context = cipher->contexts[index][direction];
    return EVP_CipherInit_ex(context, NULL, NULL, key, zeros, (int)direction) == 1 &&
           EVP_CipherUpdate(context, data, &out, data, (int)size) == 1 && (size_t)out == size;
}

/*
 * Where the padding ends: at the first '|' or ']', which padding never contains. Returns `size`
 * when none stands within the first PAD_MAX + 1 bytes.
 */
static size_t
find_pad_end(const char *plain, size_t size)
{
    for (size_t i = 0; i <= PAD_MAX && i < size; i++) {
        if (plain[i] == '|' || plain[i] == ']') {
            return i;
        }
    }
    return size;
}

/*
 * Reads the plain text into a copy of the message, because a wrong key must leave it untouched.
 * Right is a text that ends in a timestamp or that repeats the account: chance gives neither.
 */
static bool
read_plain(struct dc09_message *message, const char *plain, size_t size)
{
    size_t pad = find_pad_end(plain, size);
    struct dc09_message opened = *message;

    if (pad == size) {
        return false;
    }
    /* '|' opens the data, ']' already closes an empty one. */
    size_t start = plain[pad] == '|' ? pad + 1 : pad;
    dc09_decode_block(&opened, plain + start, size - start);

    bool timed = opened.time_state != DC09_TIME_ABSENT &&
                 dc09_time_has_form(opened.time_text.data, opened.time_text.size) &&
                 (opened.oddities & DC09_ODD_UNCLOSED) == 0;
    bool named = message->account.size > 0 && opened.data_account.size > 0 &&
                 (opened.oddities & DC09_ODD_ACCOUNT_DIFFERS) == 0;
    if (!timed && !named) {
        return false;
    }
    opened.oddities |= opened.time_state == DC09_TIME_ABSENT ? DC09_ODD_NO_TIME : 0;
    *message = opened;
    return true;
}

enum error
dc09_decrypt(struct dc09_cipher *cipher, const uint8_t *key, size_t key_size,
             uint8_t scratch[DC09_SCRATCH_SIZE], struct dc09_message *message)
{
    struct dc09_view hex = message->ciphertext;
    size_t size = hex.size / 2;

    if (hex.size == 0 || hex.size % (2 * BLOCK) != 0 || size > DC09_SCRATCH_SIZE ||
        !text_to_bytes(scratch, size, hex.data, hex.size)) {
        return ERROR_DECRYPT;
    }
    if (!run_blocks(cipher, DECRYPT, key, key_size, scratch, size) ||
        !read_plain(message, (const char *)scratch, size)) {
        return ERROR_DECRYPT;
    }
    return ERROR_NONE;
}

/* Padding of letters only: it holds no delimiter, and a receiver that wants text gets text. */
static void
write_pad(struct dc09_cipher *cipher, uint8_t *to, size_t count)
{
    if (cipher->pad != NULL) {
        memcpy(to, cipher->pad, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (cipher->pool_at == PAD_POOL) {
            /* Without randomness the text is still right, only easier to compare. */
            (void)RAND_bytes(cipher->pool, PAD_POOL);
            cipher->pool_at = 0;
        }
        to[i] = (uint8_t)('A' + (cipher->pool[cipher->pool_at++] & 15));
    }
}

size_t
dc09_encrypt(struct dc09_cipher *cipher, const uint8_t *key, size_t key_size, const char *plain,
             size_t size, uint8_t *to, size_t room)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t block[DC09_SCRATCH_SIZE];
    size_t pad = BLOCK - size % BLOCK;
    size_t whole = pad + size;

    if (size > DC09_SCRATCH_SIZE - BLOCK || 2 * whole > room) {
        return 0;
    }
    write_pad(cipher, block, pad);
    memcpy(block + pad, plain, size);
    if (!run_blocks(cipher, ENCRYPT, key, key_size, block, whole)) {
        return 0;
    }
    for (size_t i = 0; i < whole; i++) {
        to[2 * i] = (uint8_t)digits[block[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[block[i] & 15];
    }
    return 2 * whole;
}
