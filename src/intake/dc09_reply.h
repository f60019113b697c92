/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of a receiver, byte for byte (standards.md 1.7).
 *
 *     ACK   "ACK" seq [R] L # [ ]      good, and durable (REQ A24); R, L and account exactly as the
 *                                      panel sent them, and only if it sent them
 *     *ACK  "*ACK" seq [R] L # [hex    the same, encrypted with timestamp: the request was
 * encrypted NAK   "NAK"0000R0L0A0[]_time     the panel's clock is wrong: here is ours; never
 * encrypted DUH   "DUH" seq [R] L # [ ]      can never be processed; never encrypted
 *
 * A request with a binary CRC is answered with one. Pure but for the cipher's padding.
 */
#ifndef INTAKE_DC09_REPLY_H
#define INTAKE_DC09_REPLY_H

#include "intake/dc09_encode.h"

/* Room for any answer. */
#define DC09_REPLY_MAX 192

/* What an answer needs of the request: kept while the journal writes, after the frame is gone. */
struct dc09_echo
{
    uint16_t sequence;
    bool encrypted;
    bool binary_crc;
    uint8_t head_size;
    char head[DC09_HEAD_MAX];
};

/* Of a message decoded, or as far as it was decoded before ERROR_MALFORMED. */
struct dc09_echo dc09_echo_of(const struct dc09_message *message);

/*
 * Each writes LF..CR at `out` (DC09_REPLY_MAX bytes are room enough) and returns the size, or 0
 * when `room` is too small.
 *
 * dc09_encode_ack: `cipher` and the key that opened the request are used when it was encrypted;
 * `now_us` goes into the encrypted timestamp. 0 too when an encrypted answer has no usable key.
 */
size_t dc09_encode_ack(const struct dc09_echo *echo, struct dc09_cipher *cipher, const uint8_t *key,
                       size_t key_size, int64_t now_us, uint8_t *out, size_t room);
size_t dc09_encode_nak(const struct dc09_echo *echo, int64_t now_us, uint8_t *out, size_t room);
size_t dc09_encode_duh(const struct dc09_echo *echo, uint8_t *out, size_t room);

#endif
