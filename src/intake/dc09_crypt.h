/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption of DC-09: AES-CBC with 128, 192 or 256 bits, IV of zeros, no block padding of
 * OpenSSL's but random characters in front (standards.md 1.5). There is no MAC: run it inside TLS.
 *
 * A cipher holds OpenSSL's contexts so that a frame costs no allocation. One thread each.
 */
#ifndef INTAKE_DC09_CRYPT_H
#define INTAKE_DC09_CRYPT_H

#include "intake/dc09_message.h"

/* Room for the longest plain text. */
#define DC09_SCRATCH_SIZE 2048

struct dc09_cipher;

/* ERROR_MEMORY, or ERROR_UNSUPPORTED when OpenSSL offers no AES. */
enum error dc09_cipher_create(struct dc09_cipher **ret) MUST_USE;
/* NULL is allowed. */
void dc09_cipher_free(struct dc09_cipher *cipher);

/* For tests: the characters to pad with, the first n of at least 16, instead of random ones; NULL
 * for random again. `pad` stays the caller's and must outlive its use. */
void dc09_cipher_set_pad(struct dc09_cipher *cipher, const char *pad);

/*
 * Opens an encrypted message that dc09_decode has read: plain text into `scratch`
 * (DC09_SCRATCH_SIZE bytes), data, xdata and timestamp into the message, which then views scratch.
 *
 * `key_size` 16, 24 or 32. The padding may be any bytes, 0 to 17 of them, and end at '|' or ']'.
 * ERROR_DECRYPT: not whole blocks of hex, no delimiter where it must be, or a text that ends in no
 * timestamp and does not carry the account in front: a wrong key. The message is then as before,
 * so that another key can be tried.
 */
enum error dc09_decrypt(struct dc09_cipher *cipher, const uint8_t *key, size_t key_size,
                        uint8_t scratch[DC09_SCRATCH_SIZE], struct dc09_message *message) MUST_USE;

/*
 * Encrypts `size` bytes of plain text (from '|' or ']' to the end of the timestamp), padded in
 * front, into upper-case hex at `to`. Returns the characters written, or 0 when `room` is too small
 * or the key is not 16, 24 or 32 bytes. At most DC09_SCRATCH_SIZE - 16 bytes.
 */
size_t dc09_encrypt(struct dc09_cipher *cipher, const uint8_t *key, size_t key_size,
                    const char *plain, size_t size, uint8_t *to, size_t room);

#endif
